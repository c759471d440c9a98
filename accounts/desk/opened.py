"""What an opening came to, and the form the customer signs (开户申请书): whole on its one print, masked ever after."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.desk.account import shown_or_404
from accounts.models import Account, Card, Customer, Document
from accounts.operations.representatives import representative_of
from accounts.queries.accounts import AccountShown
from accounts.queries.subject_lines import subject_line
from accounts.vocabulary import RequestStatus
from config.desk.access import desk_page
from config.desk.problems import Problem
from config.desk.unmasking import for_a_while, keep_look
from config.kernel.clock import bank_now
from config.kernel.dates import shanghai_day
from config.kernel.keys import Caller
from config.kernel.models import Decision, Outcome
from config.kernel.permissions import Act
from config.kernel.text import Text, text
from config.kernel.transactions import perform

STEPS = {
    "identity": Text("身份", "Identity"),
    "product": Text("产品", "Product"),
    "check": Text("核对", "Check"),
    "result": Text("结果", "Result"),
}
#: The reason a print is recorded with.
FORM = "opening_form"
#: How long the printed page stays: time enough for a printer that wants paper.
PRINT_SECONDS = 180


@never_cache
@desk_page(Act.VIEW_ACCOUNT)
def account_opened(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Show an opening's form again, masked; a card's number is not in it any more."""
    return result_page(request, account_id)


@require_POST
@never_cache
@desk_page(Act.OPEN_ACCOUNT)
def opening_form(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Print the form with the customer's own whole data: once, by whoever opened the account, on record."""
    shown = shown_or_404(account_id)
    caller = _caller(request)
    if not perform(lambda: take_form(caller, account_id)):
        messages.error(
            request,
            text(
                "申请书只能由开户柜员在开户当日打印一次，该次打印已记录。需要核对完整信息的，请在客户页注明理由查看。",
                "Whoever opened the account prints its form once, on the same day, and that is on record. To see the "
                "whole data again, say why on the customer's page.",
            ),
        )
        return redirect("desk:account-opened", account_id)
    back = reverse("desk:account-opened", args=[account_id])
    page = render(request, "accounts/desk/opened.html", _form(shown) | {"whole": _whole(shown.account)})
    return for_a_while(page, back, PRINT_SECONDS)


def result_page(
    request: HttpRequest, account_id: UUID, card: Card | None = None, problem: Problem | None = None
) -> HttpResponse:
    """Return what an opening came to.

    :param card: just issued: its number is shown this once.
    :param problem: why no card was issued, though one was asked for.
    """
    shown = shown_or_404(account_id)
    if problem is None and card is not None:
        messages.success(request, text("开户并发卡完成。", "The account is open and the card is issued."))
    context = _form(shown) | {
        "card": card,
        "problem": problem,
        "prints": may_take_form(_caller(request), shown.account),
    }
    return render(request, "accounts/desk/opened.html", context)


def take_form(principal: Caller, account_id: UUID) -> bool:
    """Say whether somebody may print an account's form now, and keep that he did.

    What must stay true: two windows that ask at the same instant print it once.
    """
    account = Account.objects.select_for_update(no_key=True).get(pk=account_id)
    if not may_take_form(principal, account):
        return False
    keep_look(principal, FORM, customer_id=account.customer_id, object_id=account_id)
    return True


def may_take_form(principal: Caller, account: Account) -> bool:
    """Say whether somebody opened an account himself today and has not printed its form yet."""
    if shanghai_day(account.opened_at) != shanghai_day(bank_now()):
        return False
    about = Decision.objects.filter(object_id=account.id)
    opened = about.filter(kind="open_account", outcome=Outcome.ALLOWED, principal_id=principal.id)
    return opened.exists() and not about.filter(kind="unmask").exists()


def _form(shown: AccountShown) -> dict[str, Any]:
    customer_id = shown.account.customer_id
    return {
        "subject": subject_line(customer_id),
        "representative": representative_of(customer_id),
        "account": shown.account,
        "cards": [each for each in shown.cards if each.status != "cancelled"],
        "steps": [(name, word, True) for name, word in STEPS.items()],
    }


def _whole(account: Account) -> dict[str, Any]:
    """Return what the form shows of the holder on paper, and nowhere else."""
    documents = Document.objects.filter(customer_id=account.customer_id, status=RequestStatus.ACTIVE)
    return {
        "customer": Customer.objects.get(pk=account.customer_id),
        "document": documents.order_by("-is_primary", "id").first(),
        "representative": representative_of(account.customer_id),
    }


def _caller(request: HttpRequest) -> Caller:
    caller: Caller = request.caller  # type: ignore[attr-defined]
    return caller
