"""Home: what waits, what falls due, what was refused, how punctual the releases are."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from config.desk.access import desk_page
from config.kernel import restores
from config.oversight.queries.figures import figures


@desk_page()
def home(request: HttpRequest) -> HttpResponse:
    """Show the day at a glance; to those who may confirm a restore, that releases wait for it."""
    caller = request.caller  # type: ignore[attr-defined]
    restored = caller.role in restores.CONFIRMERS and restores.unconfirmed()
    return render(request, "oversight/home.html", {"figures": figures(caller), "restored": restored})
