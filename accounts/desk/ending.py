"""Customers whose restrictions end within a week (4108 即将到期的限制): a list, and its number for home."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.queries.ending import ending_page
from config.frames.desk.access import desk_page
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import read_id

PAGE = 50
#: So many are looked at to count them.
COUNTED = 99


@never_cache
@require_GET
@desk_page(Permission.VIEW_ENDING)
def ending(request: DeskRequest) -> HttpResponse:
    """List customers of whom a restriction ends within a week."""
    page = ending_page(bank_now(), after=read_id(request.GET.get("after")), limit=PAGE)
    return render(request, "accounts/desk/ending.html", {"page": page})


@never_cache
@require_GET
@desk_page(Permission.VIEW_ENDING, part=True)
def ending_count(request: DeskRequest) -> HttpResponse:  # noqa: ARG001
    """Return how many they are: so many are looked at, more read as `+`. Fetched by the page once it stands."""
    page = ending_page(bank_now(), after=None, limit=COUNTED)
    return HttpResponse(f"{len(page.lines)}{'+' if page.after else ''}")
