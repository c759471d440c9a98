"""Desk form for a transfer (转账录入): payer, preview, and a submission that counts only once."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.desk.act_pages import CHANGE, ActPage
from accounts.queries.banks import NAME_MAX, find_banks, listed_name
from accounts.queries.certified_refusals import certificates_behind
from accounts.queries.transfer_sides import AccountSide, account_sides
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import begin_form
from config.frames.desk.form_acts import CHECKED, FIELD, first_result, new_form_key, run_once
from config.frames.desk.problems import PageProblem, problem_of
from config.frames.desk.requests import DeskRequest
from config.frames.desk.templatetags.desk import capitals, yuan
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import read_id
from config.kernel.identity.masking import mask_account, mask_name
from config.kernel.law.refusals import Refusal, RequestError
from config.kernel.law.text import language, text
from config.kernel.models import TrailKind
from config.kernel.trail import budgets
from config.kernel.vault.sealed import own_account_key
from transfers.desk.forms import OrderForm, PayerForm
from transfers.desk.lines import lines_of
from transfers.models import Transfer
from transfers.operations.accept import accept_transfer
from transfers.operations.people_named import orders_named
from transfers.operations.preview import preview_transfer
from transfers.policy.acceptance import Held, Refused
from transfers.policy.notices import notice
from transfers.queries.fraud_warnings import warnings_at
from transfers.queries.history import recent_payees
from transfers.vocabulary import Arrival, TransferStatus


class _Unseen(Exception):
    """Raised where money would leave at once before the person has checked it; nothing is written."""


@desk_page(Permission.MAKE_TRANSFER)
def new(request: DeskRequest) -> HttpResponse:
    """Show the form, or accept the transfer and show its slip; one that moves money at once is checked first."""
    problem: PageProblem | None = None
    record: str | None = None
    restrictions: list[Any] = []
    sent = begin_form(request, _whom)
    if request.method == "POST":
        form = OrderForm(request.POST)
        if form.is_valid() and CHANGE not in request.POST:
            order, caller = form.order(), request.caller
            checked = CHECKED in request.POST

            def work() -> Transfer:
                made = accept_transfer(order, principal=caller)
                if made.status == TransferStatus.POSTED and not checked:
                    raise _Unseen
                return made

            try:
                made = run_once(request, work, people=lambda: orders_named([order])[0])
            except _Unseen:
                return _check_page(request, form)
            except Refusal as refused:
                problem, record = problem_of(refused), refused.fields.get("transfer_id")
                restrictions = _papers(form, refused)
            except RequestError as wrong:
                problem = problem_of(wrong)
            else:
                return HttpResponseRedirect(_slip(request, made))
    else:
        form = OrderForm(**sent, initial={"payer_account": read_id(request.GET.get("account"))})
    payer_side = _payer_of(form)
    context = {
        "form": form,
        "payer": payer_side,
        "recent": lines_of(recent_payees(payer_side.account_id), bank_now()) if payer_side else [],
        "chosen": str(form["payee_of"].value() or ""),
        "problem": problem,
        "record": record,
        "restrictions": restrictions,
        "once": new_form_key(),
    }
    status = problem.status if problem else 400 if form.errors else 200
    return render(request, "transfers/desk/new.html", context, status=status)


@require_POST
@desk_page(Permission.MAKE_TRANSFER, part=True)
def payer(request: DeskRequest) -> HttpResponse:
    """Show the holder (masked) and the balance of the payer's account."""
    form = PayerForm(request.POST)
    account_id = form.account_id() if form.is_valid() else None
    side = account_sides([account_id]).get(account_id) if account_id else None
    if form.is_valid():
        whom = own_account_key(form.cleaned_data["payer"])
        budgets.record_typed_look_up(
            TrailKind.LOOK_UP_ACCOUNT, request, found=side is not None, whom=whom, account_id=account_id
        )
    asked = bool(request.POST.get("payer", "").strip())
    recent = lines_of(recent_payees(side.account_id), bank_now()) if side else []
    return render(
        request, "transfers/desk/payer.html", {"payer": side, "unknown": asked and side is None, "recent": recent}
    )


@desk_page(Permission.MAKE_TRANSFER, part=True)
def banks(request: DeskRequest) -> HttpResponse:
    """Return banks of the directory that match a typed name or code."""
    found = find_banks(request.GET.get("bank_code", "")[:NAME_MAX])
    return render(request, "transfers/desk/banks.html", {"banks": found})


@require_POST
@desk_page(Permission.MAKE_TRANSFER, part=True)
def preview(request: DeskRequest) -> HttpResponse:
    """Show the outcome of the order as entered so far: arrival time or refusal. Writes nothing."""
    form = OrderForm(request.POST)
    context: dict[str, Any] = {"missing": not form.is_valid()}
    if not context["missing"]:
        context |= _foreseen(form)
    return render(request, "transfers/desk/preview.html", context)


def _foreseen(form: OrderForm) -> dict[str, Any]:
    order = form.order()
    judgement = preview_transfer(order)
    if isinstance(judgement, Refused):
        return {"problem": problem_of(judgement.refusal), "restrictions": _papers(form, judgement.refusal)}
    delayed = isinstance(judgement, Held)
    status, arrival = TransferStatus.HELD if delayed else TransferStatus.POSTED, judgement.arrival
    elsewhere = bool(order.payee_bank_code)
    return {
        "to_another_bank": elsewhere,
        "due_at": arrival.due_at,
        "delayed": delayed,
        "same_holder": arrival.same_holder,
        "clause": str(arrival.clause or ""),
        "amount_fen": order.amount_fen,
        "left_fen": judgement.facts.payer.available_fen - order.amount_fen,
        "notice": notice(
            status,
            arrival.due_at,
            warnings=warnings_at(order.channel),
            to_another_bank=elsewhere,
            submitted=False,
        )[language()],
    }


def _check_page(request: DeskRequest, form: OrderForm) -> HttpResponse:
    """Show an order in words, as the teller reads it to the customer before the money leaves (请核对)."""
    foreseen = _foreseen(form)
    act = ActPage(
        title=text("转账录入", "New transfer"),
        button=text("确认转账", "Confirm the transfer"),
        explained=foreseen.get("notice", ""),
        work=lambda: None,
        back=reverse("desk:transfer-new"),
    )
    context = {
        "act": act,
        "back": act.back,
        "form": form,
        "once": request.POST[FIELD],
        "lines": _to_check(form, foreseen),
    }
    return render(request, "accounts/desk/act_check.html", context)


def _to_check(form: OrderForm, foreseen: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the entries of an order; a payee chosen from earlier transfers is masked, as in the list."""
    data, order, payer = form.cleaned_data, form.order(), _payer_of(form)
    typed = bool(form["payee_number"].value())
    number, name = order.payee_account_number, data["payee_name"]
    lines = [
        (text("付款人", "Payer"), f"{payer.masked_name} {payer.masked_number}" if payer else "-"),
        (str(form["payee_number"].label), number if typed else mask_account(number)),
        (str(form["payee_name"].label), name if typed else mask_name(name)),
        (
            text("收款行", "Payee's bank"),
            listed_name(order.payee_bank_code) or order.payee_bank_code or text("本行", "This bank"),
        ),
        (str(form["amount"].label), yuan(order.amount_fen)),
        (text("大写", "In capitals"), capitals(order.amount_fen)),
        (text("到账方式", "Arrival"), str(Arrival(data["arrival"]).label)),
        (text("附言", "Memo"), data["memo"]),
        (
            text("办理后可用（元）", "Available afterwards (yuan)"),
            yuan(foreseen["left_fen"]) if "left_fen" in foreseen else "",
        ),
        (text("依据", "Clause"), foreseen.get("clause", "")),
    ]
    return [line for line in lines if line[1]]


def _papers(form: OrderForm, refusal: Refusal) -> list[Any]:
    """Return the restrictions behind a refusal of the payer's account, with authority and number."""
    payer = _payer_of(form)
    return certificates_behind(payer.account_id, refusal) if payer else []


def _payer_of(form: OrderForm) -> AccountSide | None:
    if form.is_bound:
        account_id = getattr(form, "cleaned_data", {}).get("shown_payer")
    else:
        account_id = read_id(str(form.initial.get("payer_account")))
    return account_sides([account_id]).get(account_id) if account_id else None


def _whom(fields: QueryDict) -> str:
    """Return the payer, masked: the name that the page showed, else the typed number."""
    return mask_name(fields.get("payer_shown", "")) or mask_account(fields.get("payer", ""))


def _slip(request: DeskRequest, made: Transfer | None) -> str:
    """Return the address of the result; for a form sent twice, that of the first result."""
    if made is None:
        return first_result(request) or reverse("desk:transfer-board")
    return reverse("desk:transfer-slip", args=[made.id])
