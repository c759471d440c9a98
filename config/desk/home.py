"""Home: what waits, what falls due, what was refused, how punctual the releases are."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from config.desk.access import desk_page
from config.desk.figures import figures


@desk_page()
def home(request: HttpRequest) -> HttpResponse:
    """Show the day at a glance."""
    return render(request, "desk/home.html", {"figures": figures(request.caller)})  # type: ignore[attr-defined]
