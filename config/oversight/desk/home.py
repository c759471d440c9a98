"""Home: what waits, what falls due, what was refused, how punctual the releases are."""

from django.http import HttpResponse
from django.shortcuts import render

from config.desk.access import desk_page
from config.desk.requests import DeskRequest
from config.kernel import restores
from config.oversight.queries.figures import figures


@desk_page()
def home(request: DeskRequest) -> HttpResponse:
    """Show the day at a glance; to those who may confirm a restore, that releases wait for it."""
    caller = request.caller
    restored = caller.role in restores.CONFIRMERS and restores.unconfirmed()
    return render(request, "oversight/home.html", {"figures": figures(caller), "restored": restored})
