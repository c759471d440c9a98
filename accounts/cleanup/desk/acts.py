"""Pages that propose an action on one account or card of a case, or its undoing; a supervisor approves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.cleanup.desk.forms import ActionForm, UndoForm
from accounts.cleanup.models import CleanupItem
from accounts.cleanup.operations.actions import request_action, request_undo
from accounts.cleanup.policy import DOWN_TO, OF_LIMIT, OFFERED
from accounts.cleanup.queries.cases import find_action, live_cards_of
from accounts.cleanup.queries.effect import Effect, accounts_to_merge_into, effect_of
from accounts.cleanup.queries.plans import card_now, items
from accounts.cleanup.vocabulary import CardsOfMerge, CleanupWay
from accounts.desk.act_pages import ActPage, act_page
from accounts.models import Account
from accounts.queries.subject_lines import subject_line
from accounts.vocabulary import account_text
from accounts.vocabulary.limits import CleanupLimit
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import form_arguments
from config.frames.desk.pages import found_or_404
from config.frames.desk.problems import PageProblem, problem_of
from config.frames.desk.requests import DeskRequest
from config.frames.desk.templatetags.desk import moment
from config.kernel.access.permissions import Permission
from config.kernel.database.ids import read_id
from config.kernel.law.money import yuan_text
from config.kernel.law.text import Text, text
from config.kernel.vault.masked import masked

#: The effect of each action for the customer, shown before it is proposed.
EXPLAINED: Mapping[CleanupWay, Text] = {
    CleanupWay.EXPLAIN: Text(
        "客户说明合理用途，经核实后保留。账户、银行卡照常使用，仍计入限额；封存前可撤销。",
        "The customer states a legitimate use and keeps it. It goes on working and still counts towards the limit; it can be undone until the campaign is sealed.",
    ),
    CleanupWay.MERGE: Text(
        "全部余额转入本人另一账户，名下银行卡改挂或注销，随后销户，一次完成。不可撤销。",
        "The whole balance goes to another account of the customer, its cards are bound to that account or cancelled, and it is closed, all at once. It cannot be undone.",
    ),
    CleanupWay.DOWNGRADE: Text(
        "账户改为较低类别，此后适用该类别的限额；该类别已满的，作为已说明的超限保留。封存前可撤销。",
        "The account gets a lower class and that class's limits. Where that class is full it stays as explained excess. It can be undone until the campaign is sealed.",
    ),
    CleanupWay.CANCEL: Text(
        "销户或销卡。销户须无余额、无预留金额。不可撤销。",
        "The account is closed or the card cancelled. To be closed an account must be empty, with nothing on hold. It cannot be undone.",
    ),
    CleanupWay.STOP: Text(
        "客户确认该卡并非本人意愿开立，停止其全部服务。该卡仍计入限额，可到柜面销卡；封存前可撤销。",
        "The customer states that the card was issued against their will: it is stopped. It still counts and can be cancelled at the counter; it can be undone until the campaign is sealed.",
    ),
    CleanupWay.KEEP: Text(
        "客户选择保留该Ⅲ类支付账户；本案其余Ⅲ类支付账户降为Ⅱ类，余额不变。封存前可撤销。",
        "The customer keeps this Class III payment account; the other ones of the case become Class II, balances unchanged. It can be undone until the campaign is sealed.",
    ),
}
TEMPLATE = "accounts/desk/cleanup/act.html"
_NEVER_BACK = frozenset({CleanupWay.MERGE, CleanupWay.CANCEL})


@desk_page(Permission.WORK_CLEANUP)
def act(request: DeskRequest, item_id: UUID, way: str) -> HttpResponse:
    """Propose an action on one account or card; the page shows its effect beforehand."""
    item, kind = _item_or_404(item_id, way)
    choices = choices_of(item, kind)
    form = ActionForm(
        **form_arguments(request),
        way=kind,
        accounts=choices.accounts,
        classes=choices.classes,
        has_cards=choices.cards > 0,
        preview=reverse("desk:cleanup-effect", args=[item_id, way]),
    )

    def work() -> object:
        data = form.cleaned_data
        return request_action(
            principal=request.caller,
            item_id=item_id,
            way=kind,
            reason=data["reason"],
            to_account_id=read_id(data.get("to_account_id")),
            cards=_cards(kind, data.get("cards")),
            to_class=data.get("to_class") or "",
        )

    page = ActPage(
        title=str(kind.label),
        explained=str(EXPLAINED[kind]),
        form=form,
        work=work,
        back=_case_address(item),
        danger=kind in _NEVER_BACK,
    )
    chosen: dict[str, Any] = {name: form[name].value() for name in ("to_account_id", "cards") if name in form.fields}
    if len(choices.accounts) == 1:
        chosen["to_account_id"] = choices.accounts[0][0]
    return act_page(request, page, _about(item) | {"effect": _effect(item, kind, chosen)}, TEMPLATE)


@desk_page(Permission.WORK_CLEANUP, part=True)
def effect(request: DeskRequest, item_id: UUID, way: str) -> HttpResponse:
    """Return the effect of what is chosen so far, as ids and codes."""
    item, kind = _item_or_404(item_id, way)
    return render(request, "accounts/desk/cleanup/effect.html", {"effect": _effect(item, kind, request.GET)})


@desk_page(Permission.WORK_CLEANUP)
def undo(request: DeskRequest, action_id: UUID) -> HttpResponse:
    """Propose to take back an action in force."""
    action = found_or_404(find_action(action_id))
    item = items([action.item_id])[action.item_id]
    form = UndoForm(**form_arguments(request))
    page = ActPage(
        title=str(CleanupWay.UNDO.label),
        explained=text(
            "经主管复核后恢复原状，该项目重新计为待清理。",
            "Effective once a supervisor approves: it is as it was before, and the item is open again.",
        ),
        form=form,
        work=lambda: request_undo(principal=request.caller, action_id=action_id, reason=form.cleaned_data["reason"]),
        back=_case_address(item),
        danger=True,
    )
    shown = effect_shown(effect_of(item, CleanupWay.UNDO, undoes=action))
    return act_page(request, page, _about(item) | {"effect": shown, "undone": action}, TEMPLATE)


def _item_or_404(item_id: UUID, way: str) -> tuple[CleanupItem, CleanupWay]:
    item = items([item_id]).get(item_id)
    if item is None or way not in EXPLAINED or CleanupWay(way) not in OFFERED[CleanupLimit(item.limit)]:
        raise Http404
    return item, CleanupWay(way)


def _effect(item: CleanupItem, way: CleanupWay, chosen: Mapping[str, Any]) -> object:
    """Return the effect of what is chosen; None while a merge has no target account."""
    to = read_id(chosen.get("to_account_id"))
    if way is CleanupWay.MERGE and to is None:
        return None
    return effect_shown(effect_of(item, way, to_account_id=to, cards=_cards(way, chosen.get("cards"))))


def _cards(way: CleanupWay, chosen: object) -> str:
    """Return what happens to the cards of a merged account: they move along unless something else is chosen."""
    if way is not CleanupWay.MERGE:
        return ""
    return str(chosen) if chosen in CardsOfMerge.values else CardsOfMerge.MOVE.value


def _about(item: CleanupItem) -> dict[str, Any]:
    card = card_now(item)
    return {
        "subject": subject_line(item.case.customer_id),
        "card": card,
        "account": card.account if card else item.account,
        "case": item.case,
    }


def _case_address(item: CleanupItem) -> str:
    return f"{reverse('desk:cleanup-case', args=[item.case_id])}#item-{item.id}"


@dataclass(frozen=True, slots=True)
class EffectShown:
    """An effect in words.

    :ivar lines: its parts, one line each.
    :ivar under_way: the held transfers that it affects.
    :ivar obstacle: what prevents it now.
    """

    lines: tuple[str, ...]
    under_way: tuple[str, ...]
    obstacle: PageProblem | None


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form of an action offers.

    :ivar cards: the number of cards of the account that are not cancelled.
    """

    accounts: tuple[tuple[str, str], ...] = ()
    classes: tuple[tuple[str, str], ...] = ()
    cards: int = 0


def effect_shown(effect: Effect) -> EffectShown:
    """Return an effect in the words of the page."""
    return EffectShown(
        lines=tuple(effect.lines()),
        under_way=tuple(_under_way(effect)),
        obstacle=problem_of(effect.refusal) if effect.refusal else None,
    )


def choices_of(item: CleanupItem, way: CleanupWay) -> Choices:
    """Return the choices for an action on an item; the rules judge the choice that is made."""
    limit = CleanupLimit(item.limit)
    if way is CleanupWay.MERGE:
        return Choices(accounts=tuple(map(_account, accounts_to_merge_into(item))), cards=live_cards_of(item))
    if way is CleanupWay.DOWNGRADE and limit in DOWN_TO:
        to = DOWN_TO[limit]
        return Choices(classes=((to.value, str(account_text(OF_LIMIT[limit][0], to))),))
    return Choices()


def _account(row: Account) -> tuple[str, str]:
    kind = account_text(row.kind, row.account_class)
    yuan = yuan_text(row.balance_fen)
    number = masked(row, "account_number")
    return str(row.id), text(f"{number} · {kind.zh} · 余额 {yuan} 元", f"{number} · {kind.en} · balance {yuan} yuan")


def _under_way(effect: Effect) -> Iterable[str]:
    for each in effect.under_way:
        yuan = yuan_text(each.amount_fen)
        due = moment(each.due_at)
        if each.incoming:
            yield text(f"待转入 {yuan} 元，到账时间 {due}", f"{yuan} yuan to it, due {due}")
        else:
            yield text(f"待转出 {yuan} 元，到账时间 {due}", f"{yuan} yuan from it, due {due}")
