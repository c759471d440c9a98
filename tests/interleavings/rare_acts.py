"""Acts that are rarer than orders; each function prepares its data and returns the acts."""

from datetime import timedelta
from functools import partial
from pathlib import Path

from accounts.models import Freeze
from accounts.operations.close_outs import CloseOutTarget, ask_close_out
from accounts.operations.freezes import ask_freeze_lift
from accounts.stock.operations import propose_import, stage_files
from accounts.stock.operations.existing_customers import DOCUMENTS, put_in_force
from blacklist.imports import operations as imports
from config.kernel import approvals
from config.kernel.database.transactions import perform
from tests import factories
from tests.blacklist import lists
from tests.blacklist.cast import draft, latest_approval, person
from tests.clock import NOON
from tests.http import ApiClient
from tests.interleavings.acts import (
    DUE,
    Act,
    Cast,
    cancel,
    close,
    freeze,
    once,
    order_body,
    register,
    send_set,
    withdraw,
)
from tests.transfers.conftest import CARD, pay_in
from tests.transfers.factories import held
from transfers.operations import parking
from transfers.operations.parking import ask_parked_return

#: A card of the payee's account.
PAYEE_CARD = "6222020000000000018"


def lifting(cast: Cast) -> dict[str, Act]:
    """Freeze both accounts; a second officer lifts each freeze."""
    officer, second = factories.caller("compliance"), factories.caller("compliance", "second")
    acts = {}
    for name, account in (("lift", cast.payer), ("lift of payee", cast.payee)):
        freeze(account, officer)
        placed = Freeze.objects.get(account=account)
        perform(lambda: ask_freeze_lift(principal=officer, freeze_id=placed.id, order_no="2", reason="已查清"))  # noqa: B023 - it is called at once
        cast.wait(name, second)
        acts[name] = cast.approve(name)
    return acts


def paying_payee(cast: Cast) -> dict[str, Act]:
    """Put money on the payee's account, all of it held: one transfer parked, another due a day later.

    A second supervisor decides about the return of the parked one. The other may be cancelled for 张三 after the
    merge of the payee with him.
    """
    one, two = factories.caller("supervisor"), factories.caller("supervisor", "second")
    teller, machine = factories.caller("teller"), factories.caller("atm")
    pay_in(cast.payee, 5_000)
    (parked,) = held(cast.payee, amount_fen=3_000, due_at=NOON)
    parking.park(parked.id, ValueError("no matter"))
    perform(lambda: ask_parked_return(principal=one, transfer_id=parked.id))
    cast.wait("return", two)
    (later,) = held(cast.payee, amount_fen=2_000, due_at=DUE + timedelta(days=1))
    return {
        "return": cast.approve("return"),
        "wake": once(lambda: str(parking.wake([parked.id]))),
        "withdraw from payee": once(partial(withdraw, cast.payee, 3_000, machine)),
        "cancel for payee": once(partial(cancel, later, teller)),
        "freeze payee": once(partial(freeze, cast.payee, factories.caller("compliance"))),
    }


def crossing(cast: Cast) -> dict[str, Act]:
    """Give the payee money and a card; two sets of two orders pay at once, one in each direction."""
    gateway, back = ApiClient("gateway"), ApiClient("gateway", "another gateway")
    pay_in(cast.payee, 5_000)
    factories.card(cast.payee, number=PAYEE_CARD)
    there = order_body(CARD, cast.payee, "900", arrival="real_time")
    here = order_body(PAYEE_CARD, cast.payer, "40", arrival="real_time")
    return {
        "crossing": once(partial(send_set, gateway, [there, here])),
        "crossing back": once(partial(send_set, back, [here, there])),
        "freeze payee": once(partial(freeze, cast.payee, factories.caller("compliance"))),
    }


def closing_out(cast: Cast) -> dict[str, Act]:
    """Let a close-out of 李四's payment account be pending, and another certificate about 李四."""
    officer, second = factories.caller("compliance"), factories.caller("compliance", "second")
    teller, supervisor = factories.caller("teller"), factories.caller("supervisor")
    li = factories.customer(factories.LI)
    payment = factories.account(li, "III", kind="payment")
    pay_in(payment, 12_000)
    own = factories.account(li, "I")
    of_li = partial(draft, subjects=(person(factories.LI.number, factories.LI.name),))
    register(of_li(doc_no="公(反诈)认字〔2026〕005号"), officer)
    perform(lambda: approvals.approve(latest_approval().id, principal=second))
    register(of_li(doc_no="公(反诈)认字〔2026〕006号"), officer)
    cast.wait("certificate about 李四", second)
    perform(lambda: ask_close_out(principal=teller, account_id=payment.id, to=CloseOutTarget(own.id)))
    cast.wait("close out", supervisor)
    return {
        "close out": cast.approve("close out"),
        "certificate about 李四": cast.approve("certificate about 李四"),
        "freeze payment": once(partial(freeze, payment, officer)),
        "close own": once(partial(close, own, teller)),
    }


def listing(cast: Cast, folder: Path) -> dict[str, Act]:
    """Approve a list that names the payer's holder and the payee's account."""
    maker, checker = factories.caller("compliance"), factories.caller("compliance", "second")
    holder = lists.person(factories.ZHANG.number, factories.ZHANG.name, doc_no="公(反诈)认字〔2026〕007号")
    account = lists.account(cast.payee.account_number, doc_no="公(反诈)认字〔2026〕008号")
    row = lists.approved(lists.staged(folder, maker, holder, account), maker, checker)
    return {"list": once(lambda: str(imports.apply_list(row.id).status))}


def loading(cast: Cast, folder: Path) -> dict[str, Act]:
    """Approve a stock import that adds to the payer's holder a passport named by a certificate.

    The act puts the passport in force; nothing else in the import concerns the bank's customers.
    """
    officer, second = factories.caller("compliance"), factories.caller("compliance", "second")
    number, country = "E12345678", "CHN"
    named = person(number, factories.ZHANG.name, "passport", country)
    register(draft(doc_no="公(反诈)认字〔2026〕009号", subjects=(named,)), officer)
    perform(lambda: approvals.approve(latest_approval().id, principal=second))
    sheets = {
        "customers": f"customer_ref,kind,name,document_type,document_number\nZ,individual,{factories.ZHANG.name},resident_id,{factories.ZHANG.number}\n",
        "documents": f"customer_ref,document_type,document_number,document_country\nZ,passport,{number},{country}\n",
    }
    for name, text in sheets.items():
        (folder / f"{name}.csv").write_text(text)
    row = stage_files({name: folder / f"{name}.csv" for name in sheets}, processes=1)
    maker, checker = factories.caller("supervisor", "maker"), factories.caller("supervisor", "checker")
    perform(lambda: propose_import(principal=maker, import_id=row.id))
    perform(lambda: approvals.approve(latest_approval().id, principal=checker))
    return {"stock": once(lambda: put_in_force(row.id, [DOCUMENTS], on_piece=lambda _count: None))}
