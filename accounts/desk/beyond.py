"""What goes on beyond a limit (超限清单): what merges of customers left over, and breaches that came with the stock."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from accounts.queries.breaches import batches_with_breaches, breach_page
from accounts.queries.excess import excess_page
from accounts.queries.subject_lines import subject_lines
from config.frames.desk.access import desk_page
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.database.ids import read_id

PAGE = 25


@never_cache
@desk_page(Permission.VIEW_EXCESS)
def excess(request: DeskRequest) -> HttpResponse:
    """List what merges have left over beyond a limit, the newest merge first; or the breaches, by load."""
    before = read_id(request.GET.get("before"))
    if request.GET.get("list") == "breaches":
        batch_id = read_id(request.GET.get("batch"))
        lines, older = breach_page(batch_id=batch_id, before=before, limit=PAGE)
        subjects = subject_lines({each.customer_id for each in lines})
        context = {
            "rows": [(each, subjects[each.customer_id]) for each in lines],
            "older": older,
            "batches": batches_with_breaches(),
            "batch_id": batch_id,
        }
        return render(request, "accounts/desk/breaches.html", context)
    merges, older = excess_page(before=before, limit=PAGE)
    subjects = subject_lines({each.customer_id for each in merges})
    rows = [(each, subjects[each.customer_id]) for each in merges]
    return render(request, "accounts/desk/excess.html", {"rows": rows, "older": older})
