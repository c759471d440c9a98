"""What an opening came to, and the form the customer signs (开户申请书): whole on its one print, masked ever after."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.desk.account import shown_or_404
from accounts.models import Card
from accounts.operations.unmasking import take_form
from accounts.policy.opening import may_take_form
from accounts.queries.accounts import AccountShown
from accounts.queries.customers import representative_of
from accounts.queries.opening import form_facts, opened_by
from accounts.queries.particulars import particulars_shown
from accounts.queries.subject_lines import subject_line
from accounts.vocabulary import CustomerKind
from accounts.vocabulary.particulars import TOLD, commitment_of
from blacklist.regimes import regime_in_force, terms_text
from config.frames.desk.access import desk_page
from config.frames.desk.problems import PageProblem
from config.frames.desk.requests import DeskRequest
from config.frames.desk.unmasking import for_a_while
from config.kernel.access.permissions import Permission
from config.kernel.database.transactions import perform
from config.kernel.law.dates import shanghai_day
from config.kernel.law.text import Text, text
from config.kernel.trail import budgets
from config.kernel.trail.unmasking import LookReason

STEPS = {
    "identity": Text("身份", "Identity"),
    "particulars": Text("客户信息", "Particulars"),
    "product": Text("产品", "Product"),
    "check": Text("核对", "Check"),
    "result": Text("结果", "Result"),
}
#: How long the printed page stays: time enough for a printer that wants paper.
PRINT_SECONDS = 180


@never_cache
@desk_page(Permission.VIEW_ACCOUNT)
def account_opened(request: DeskRequest, account_id: UUID) -> HttpResponse:
    """Show an opening's form again, masked; a card's number is not in it any more."""
    return result_page(request, account_id)


@require_POST
@never_cache
@desk_page(Permission.OPEN_ACCOUNT, part=True)
def opening_form(request: DeskRequest, account_id: UUID) -> HttpResponse:
    """Print the form with the customer's own whole data: once, by whoever opened the account, on record."""
    shown = shown_or_404(account_id)
    reason = LookReason.OPENING_FORM.value
    budgets.unmasking(request, reason=reason, account_id=account_id, customer_id=shown.account.customer_id)
    whole = perform(lambda: take_form(principal=request.caller, account_id=account_id))
    if whole is None:
        messages.error(
            request,
            text(
                "申请书只能由开户柜员在开户当日打印一次，该次打印已记录。需要核对完整信息的，请在客户页注明理由查看。",
                "The application can be printed once, by the teller who opened the account, on the day of opening; the print is logged. To view the full data, state a reason on the customer page.",
            ),
        )
        return redirect("desk:account-opened", account_id)
    back = reverse("desk:account-opened", args=[account_id])
    page = render(request, "accounts/desk/opened.html", _form(shown) | {"whole": whole})
    return for_a_while(page, back, PRINT_SECONDS)


def result_page(
    request: DeskRequest,
    account_id: UUID,
    card: Card | None = None,
    problem: PageProblem | None = None,
    *,
    fresh: bool = False,
) -> HttpResponse:
    """Return what an opening came to.

    :param card: just issued: its number is shown this once.
    :param problem: why no card was issued, though one was asked for.
    :param fresh: the account was opened just now; else its form is shown again.
    """
    shown = shown_or_404(account_id)
    if problem is None and card is not None:
        messages.success(request, text("开户并发卡完成。", "The account has been opened and the card issued."))
    elif problem is None and fresh:
        messages.success(request, text("开户完成，未配卡。", "The account has been opened without a card."))
    context = _form(shown) | {
        "card": card,
        "problem": problem,
        "prints": may_take_form(form_facts(request.caller, shown.account)),
    }
    return render(request, "accounts/desk/opened.html", context)


def _form(shown: AccountShown) -> dict[str, Any]:
    customer_id = shown.account.customer_id
    regime = regime_in_force(shanghai_day(shown.account.opened_at))
    subject = subject_line(customer_id)
    return {
        "subject": subject,
        "representative": representative_of(customer_id),
        "account": shown.account,
        "opened_by": opened_by(shown.account),
        "commitment": commitment_of(organization=subject is not None and subject.kind == CustomerKind.ORGANIZATION),
        "particulars": next(iter(particulars_shown(customer_id)), None),
        "told": TOLD,
        # What an applicant is told of is the law of the day.
        "penalty": terms_text(regime) if regime else None,
        "cards": [each for each in shown.cards if each.status != "cancelled"],
        "steps": [(name, word, True) for name, word in STEPS.items()],
    }
