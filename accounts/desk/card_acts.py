"""What is done with a card that exists: activate, bring back, replace, cancel, hand out; a loss is reported apart."""

from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.desk.account import about_account, account_address, card_or_404, shown_or_404
from accounts.desk.act_pages import ActPage, act_page
from accounts.desk.forms import SeenForm
from accounts.desk.losses import card_lost
from accounts.models import Card
from accounts.operations.card_exceptions import hand_out_card
from accounts.operations.cards import activate_card, cancel_card, find_card_again, replace_card
from accounts.policy.cards import CardAct
from accounts.queries.cards import asked_for_account, reports_in_force
from accounts.queries.subject_lines import subject_line
from config.frames.desk.access import desk_page
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.law.text import Text, text

OPERATIONS = {
    CardAct.ACTIVATE: activate_card,
    CardAct.FOUND: find_card_again,
    CardAct.REPLACE: replace_card,
    CardAct.CANCEL: cancel_card,
}
#: Title, button, what will happen, what is said when it has.
TOLD = {
    CardAct.ACTIVATE: (
        Text("激活银行卡", "Activate card"),
        Text("激活", "Activate"),
        Text(
            "须由持卡人本人持有效证件到柜面办理。",
            "The cardholder must be present at the counter with a valid document.",
        ),
        Text("银行卡已激活。", "The card has been activated."),
    ),
    CardAct.FOUND: (
        Text("解挂", "Lost card found"),
        Text("确认解挂", "Confirm that it was found"),
        Text(
            "须由持卡人本人持该卡和有效身份证件到柜面，核对无误后办理；卡恢复到挂失前的状态。电话或他人代办的不予解挂。",
            "The cardholder must be at the counter with the card and a valid document. The card is again what it was before "
            "the report. Neither by telephone nor by somebody else.",
        ),
        Text("已解挂，该卡恢复使用。", "The card is no longer reported lost."),
    ),
    CardAct.REPLACE: (
        Text("补（换）卡", "Replace card"),
        Text("确认补（换）卡", "Replace"),
        Text(
            "原卡注销，新卡即时启用，不另占限额。",
            "The old card is cancelled; the new card is active at once and does not count additionally.",
        ),
        Text("已补（换）卡。", "The card has been replaced."),
    ),
    CardAct.CANCEL: (
        Text("销卡", "Cancel card"),
        Text("确认销卡", "Confirm cancellation"),
        Text(
            "销卡后不能恢复，不再计入限额。",
            "Cancellation cannot be undone; the card no longer counts towards the limit.",
        ),
        Text("已销卡。", "The card has been cancelled."),
    ),
}


@sensitive_post_parameters()
@never_cache
@desk_page(Permission.CHANGE_CARD)
def card_act(request: DeskRequest, card_id: UUID, act: str) -> HttpResponseBase:
    """Do one thing with a card; a replacement's number is shown once."""
    if act not in CardAct:
        raise Http404
    kind = CardAct(act)
    if kind is CardAct.REPORT_LOST:
        return card_lost(request, card_id)
    card = card_or_404(card_id)
    title, button, explained, done = TOLD[kind]
    context = {
        "subject": subject_line(card.customer_id),
        "account": card.account,
        "card": card,
        "loss": reports_in_force([card]).get(card_id),
        "back": account_address(card.account_id),
    }
    caller = request.caller

    def then(changed: Card) -> HttpResponse:
        return render(request, "accounts/desk/card_issued.html", context | {"card": changed, "replaced": True})

    form = SeenForm(request.POST or None) if kind is CardAct.FOUND else None
    page = ActPage(
        form=form,
        title=str(title),
        button=str(button),
        explained=str(explained),
        work=lambda: OPERATIONS[kind](principal=caller, card_id=card_id),
        back=account_address(card.account_id),
        done=str(done),
        then=then if kind is CardAct.REPLACE else None,
        danger=kind is CardAct.CANCEL,
    )
    return act_page(request, page, context)


@never_cache
@desk_page(Permission.ASK_CARD_EXCEPTION)
def card_hand_out(request: DeskRequest, exception_id: UUID) -> HttpResponse:
    """Hand out the card beyond four that one asked for and a supervisor approved (发卡): its number is shown once."""
    account_id = asked_for_account(exception_id, request.caller)
    if account_id is None:
        raise Http404
    shown = shown_or_404(account_id)

    def then(card: Card) -> HttpResponse:
        return render(request, "accounts/desk/card_issued.html", about_account(shown) | {"card": card})

    act = ActPage(
        title=text("发卡（超限额）", "Hand out the card (beyond the limit)"),
        button=text("发卡", "Hand out"),
        explained=text(
            "该卡已经主管复核开出。点击后显示卡号，仅显示一次，请核对客户身份并当面交付。",
            "A supervisor has approved this card and it is issued. Its number is shown next, once: check who the customer is and hand the card over now.",
        ),
        work=lambda: hand_out_card(principal=request.caller, exception_id=exception_id),
        back=account_address(account_id),
        then=then,
    )
    return act_page(request, act, about_account(shown))
