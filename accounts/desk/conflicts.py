"""The queue of identity conflicts (1030 身份冲突): one number, two names, for somebody to look into."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.queries.conflicts import conflicts_page
from config.desk.access import desk_page
from config.desk.requests import DeskRequest
from config.kernel.ids import read_id
from config.kernel.permissions import Permission

PAGE = 25


@never_cache
@require_GET
@desk_page(Permission.VIEW_CONFLICTS)
def conflicts(request: DeskRequest) -> HttpResponse:
    """List conflicts, the newest first."""
    lines, older = conflicts_page(before=read_id(request.GET.get("before")), limit=PAGE)
    return render(request, "accounts/desk/conflicts.html", {"lines": lines, "older": older})
