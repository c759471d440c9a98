"""Customers whom certificates restrict.

Those named by one (所涉本行客户), those free within a week (4108 即将到期的限制), and those of a month (4110 受限客户).
"""

from bisect import bisect_right
from collections.abc import Sequence
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.queries.customer_restrictions import restricted_among
from accounts.queries.merged_customers import surviving_ids
from accounts.queries.restricted_customers import MOMENT, RestrictedCustomer, restricted_customers
from accounts.queries.restriction_ends import ending_page
from accounts.queries.restriction_history import holders_named
from accounts.queries.subject_lines import subject_lines
from blacklist.queries.letter_facts import names_in
from blacklist.regimes import LegalBasis, regimes
from config.frames.desk.access import desk_page
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import read_id
from config.kernel.law.dates import add_months, month_typed, shanghai_day, start_of_day
from config.kernel.law.text import Codes, Text

PAGE = 50
COUNT_MAX = 99


class RestrictedList(Codes):
    """The lists of restricted customers of a month."""

    PENALIZED = "penalized", Text("惩戒执行中", "Under a penalty")
    CASE_HOLDERS = (
        "case_holders",
        Text("涉案账户开户人，非柜面业务停止中", "Holders of case accounts, stopped outside the counter"),
    )
    ENDED = "ended", Text("惩戒期满自动解除", "Penalties that ended by themselves")


@require_GET
@desk_page(Permission.VIEW_ENDING)
def ending(request: DeskRequest) -> HttpResponse:
    """List the customers with a restriction that ends within a week."""
    page = ending_page(bank_now(), after=read_id(request.GET.get("after")), limit=PAGE)
    return render(request, "accounts/desk/ending.html", {"page": page})


@require_GET
@desk_page(Permission.VIEW_ENDING, part=True)
def ending_count(request: DeskRequest) -> HttpResponse:  # noqa: ARG001
    """Return the number of these customers as a part of the home page; above a limit it ends with `+`."""
    page = ending_page(bank_now(), after=None, limit=COUNT_MAX)
    return HttpResponse(f"{len(page.lines)}{'+' if page.after else ''}")


@require_GET
@desk_page(Permission.VIEW_ENDING)
def restricted(request: DeskRequest) -> HttpResponse:
    """List the customers restricted at the end of a month, in this month now, or those whose penalty ended in it."""
    at = bank_now()
    this_month = shanghai_day(at).replace(day=1)
    typed, wanted, basis = (request.GET.get(name, "") for name in ("month", "list", "basis"))
    month = month_typed(typed) if typed else this_month
    unknown = month is None or month > this_month
    chosen = RestrictedList(wanted) if wanted in RestrictedList.values else RestrictedList.PENALIZED
    context: dict[str, object] = {
        "lists": RestrictedList.choices,
        "bases": [(code, LegalBasis(code).text) for code in regimes()],
        "list": chosen,
        "basis": basis if basis in regimes() else "",
        "month": f"{this_month if month is None else month:%Y-%m}",
        "latest": f"{this_month:%Y-%m}",
        "unknown": unknown,
    }
    if month is not None and not unknown:
        until = min(start_of_day(add_months(month, 1)), at + MOMENT)
        found = getattr(restricted_customers(start_of_day(month), until), chosen.value)
        rows = [each for each in found if context["basis"] in ("", each.basis)]
        shown, next_after = _page_of(rows, read_id(request.GET.get("after")))
        lines = subject_lines({each.customer_id for each in shown})
        query = {"list": chosen.value, "basis": context["basis"], "month": context["month"], "after": next_after}
        context |= {
            "rows": [
                (lines[each.customer_id], LegalBasis(each.basis).text if each.basis else "", each.until)
                for each in shown
            ],
            "total": len(rows),
            "counted_at": until - MOMENT,
            "next_query": urlencode(query) if next_after else "",
        }
    return render(request, "accounts/desk/restricted.html", context, status=400 if unknown else 200)


def _page_of(
    rows: Sequence[RestrictedCustomer], after: UUID | None
) -> tuple[Sequence[RestrictedCustomer], UUID | None]:
    """Return the rows after a customer, and the customer after whom the next page begins; None on the last page.

    :param rows: sorted by customer; all rows of one customer are on one page.
    """
    first = bisect_right(rows, after, key=lambda each: each.customer_id) if after else 0
    if first + PAGE >= len(rows):
        return rows[first:], None
    until = rows[first + PAGE - 1].customer_id
    end = bisect_right(rows, until, key=lambda each: each.customer_id)
    return rows[first:end], until if end < len(rows) else None


CUSTOMERS_MAX = 50


@desk_page(Permission.VIEW_CERTIFICATES, part=True)
def customers_named(request: DeskRequest, certificate_id: UUID) -> HttpResponse:
    """Show the customers whom a certificate names by an identity, an account or a card, masked, with links to their pages."""
    names = names_in(certificate_id)
    found = holders_named(names.identity_keys, names.account_numbers, names.card_keys, most=CUSTOMERS_MAX + 1)
    lines = subject_lines(dict.fromkeys(surviving_ids(found[:CUSTOMERS_MAX]).values()))
    context = {
        "lines": list(lines.values()),
        "restricted": restricted_among(lines, bank_now()),
        "more": len(found) > CUSTOMERS_MAX,
    }
    return render(request, "accounts/desk/named.html", context)
