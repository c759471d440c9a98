"""A bank with rows of every kind, on which the proof and other tests run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.test import override_settings

from accounts.models import Account, ImportBatch
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.database.transactions import perform
from config.kernel.models import Decision
from tests import cash, evidence, factories, stock
from tests.blacklist import lists
from tests.clock import NOON, Clock
from tests.http import ApiClient
from tests.stock import YOUNG
from transfers.operations.lateness import fold_lateness
from transfers.operations.release import release_due
from transfers.vocabulary import ReleasedBy

PERSON = {"kind": "individual", "name": "李四", "document": factories.LI.document}
CERTIFICATE = {
    "doc_no": "苏公认字〔2026〕1号",
    "authority": {"name": "南京市公安局", "region_code": "320100", "level": "prefecture"},
    "certified_on": "2026-01-02",
    "category": "RENT",
    "legal_basis": "NOTICE_2016",
    "subjects": [PERSON],
}
WANG_XIAOMING = factories.new_person("王小明")
#: A stock with a transfer under way.
UNDER_WAY = {
    "customers": [
        "customer_ref,kind,name,document_type,document_number",
        f"W,individual,{WANG_XIAOMING.name},resident_id,{WANG_XIAOMING.number}",
    ],
    "accounts": [
        "account_ref,customer_ref,account_number,kind,account_class,opened_on,balance",
        "W,W,600001,bank,I,2015-03-24,345.20",
    ],
    "held_transfers": [
        "transfer_ref,account_ref,amount,accepted_at,channel,arrival,payee_name,payee_account_number",
        "1,W,45.20,2026-01-05T11:59:00+08:00,counter,ordinary,李四,6000200000000002",
    ],
}


def done(answer: HttpResponse, status: int = 201) -> Any:
    """Return the JSON of an answer with the expected status."""
    assert answer.status_code == status, answer.json()
    return answer.json()


def refused(customer_id: UUID) -> UUID:
    """Return the last refusing decision about a customer."""
    return Decision.objects.filter(customer_id=customer_id, outcome="refused").order_by("-id")[0].id


def build(
    call: Callable[..., ApiClient], noon: Clock, order: Callable[..., dict[str, Any]], payer: Account, folder: Path
) -> None:
    """Create money in every state, a lifted freeze, stock beyond the limits, acts of two persons.

    :param call: gives the API client of a role; another name gives another person.
    :param order: gives the body of a transfer from `payer`.
    :param folder: folder for the files of stock and lists.
    """
    atm, teller, compliance, second = call("atm"), call("teller"), call("compliance"), call("compliance", "2")
    card = payer.cards.get().number
    stock.loaded(folder, **UNDER_WAY)
    done(teller.post("/cash/deposits", {"account": {"account_id": str(payer.id)}, "amount": "500"}))
    done(atm.post("/cash/withdrawals", {"account": {"card_number": card}, "amount": "20"}))
    batch = ImportBatch.objects.create(source="old")
    for _ in range(2):
        old = factories.account(payer.customer, "I", class_slot=None, import_batch=batch)
        factories.card(old, import_batch=batch)
        factories.card(old, slot=None, import_batch=batch)
        factories.card(old, product="medical")
    # Of a time when the rules were there already.
    young = {"import_batch": batch, "opened_at": YOUNG, "breach": stock.breach(batch)}
    old = factories.account(payer.customer, "I", class_slot=None, **young)
    young = {"import_batch": batch, "issued_at": YOUNG, "breach": stock.breach(batch, CleanupLimit.CARDS)}
    factories.card(old, slot=None, **young)
    ImportBatch.objects.filter(pk=batch.pk).update(finished_at=NOON)
    elsewhere = {"account_number": "87144583", "bank_code": "YZ", "name": "王二"}
    for amount in ("1", "2"):
        done(atm.post("/transfers", order(amount=amount)))
        done(atm.post("/transfers", order(amount=amount, payee=elsewhere)))
    cancelled = done(atm.post("/transfers", order()))["id"]
    done(atm.post(f"/transfers/{cancelled}/cancel", {"applicant": {"card_number": card}}), 200)
    done(teller.post("/transfers", order(arrival="real_time", amount="3")))
    done(atm.post("/transfers", order(amount="99999")), 422)
    certificate = done(compliance.post("/blacklist/certificates", CERTIFICATE))
    done(second.approve(certificate["approval_id"]), 200)
    letter = {"kind": "refusal", "about_id": str(refused(payer.customer_id))}
    letter = done(teller.post(f"/customers/{payer.customer_id}/letters", letter))["id"]
    assert teller.get(f"/letters/{letter}/pdf").status_code == 200
    done(teller.post(f"/letters/{letter}/deliveries", {"way": "counter"}))
    _revoked(compliance, second)
    _listed(folder)
    while teller.post(f"/accounts/{payer.id}/cards", {"product": "debit"}).status_code == 201:
        pass
    exception = done(teller.post(f"/accounts/{payer.id}/card-exceptions", {"product": "debit", "reason": "代发工资"}))
    done(call("supervisor").approve(exception["approval_id"]), 200)
    freeze = {"authority": "南京市公安局", "order_no": "冻1"}
    frozen = done(compliance.post(f"/accounts/{payer.id}/freezes", freeze))["id"]
    noon.advance(hours=24)
    with override_settings(RELEASE_BATCH_SIZE=2):
        while release_due(released_by=ReleasedBy.CELERY).claimed:
            noon.advance(seconds=1)
    lift = done(compliance.post(f"/freezes/{frozen}/lift", {"order_no": "解1", "reason": "结案"}), 200)
    done(second.approve(lift["approval_id"]), 200)
    noon.advance(seconds=1)
    done(atm.post("/transfers", order(amount="4", payee=elsewhere)))
    noon.advance(hours=24)
    perform(lambda: fold_lateness(100))
    release_due(released_by=ReleasedBy.CELERY)
    noon.advance(seconds=10)
    done(atm.post("/transfers", order(amount="5")))
    evidence.write_missing()
    noon.advance(seconds=10)
    _in_cash(payer)


def _in_cash(account: Account) -> None:
    """Move cash through a box, with large amounts and reversals; count and close it."""
    teller = factories.caller("teller", "keeps cash")
    cash.box(1_000_00, teller)
    cash.pay(account, "deposit", 40_00, teller)
    cash.approve(cash.large(account, "deposit", 60_000_00, teller)[1])
    cash.approve(cash.take_back(cash.pay(account, "withdrawal", 10_00, teller), teller)[1])
    cash.approve(cash.count(61_040_01, "多一分，待查", teller)[1])


def _revoked(maker: ApiClient, checker: ApiClient) -> None:
    """Revoke one account of a certificate, then the certificate, and register it again."""
    accounts = [{"account_number": number, "bank_code": "YZ"} for number in ("71", "72")]
    paper = CERTIFICATE | {"doc_no": "部分1", "category": "CASE_ACCOUNT", "subjects": [], "case_accounts": accounts}
    revocation = {"doc_no": "撤1", "revoked_on": "2026-01-05", "reason": "认定有误"}
    made = done(maker.post("/blacklist/certificates", paper))
    done(checker.approve(made["approval_id"]), 200)
    for part in ("/case-accounts/1", ""):
        asked = done(maker.post(f"/blacklist/certificates/{made['id']}{part}/revocations", revocation))
        done(checker.approve(asked["approval_id"]), 200)
    done(maker.post("/blacklist/certificates", paper))


def _listed(folder: Path) -> None:
    """Register a list that stays, and one that is undone."""
    maker, checker = (factories.caller("compliance", name) for name in ("lists", "their checker"))
    for name, who in (("standing", WANG_XIAOMING), ("undone", factories.LI)):
        row = lists.staged(folder, maker, lists.person(who.number, who.name, doc_no=name), name=f"{name}.csv")
        row = lists.registered(row, maker, checker)
    lists.undone(row, maker, checker)
