"""Every operation that lists, frees or re-identifies a person first locks all subjects concerned."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Customer, Document
from accounts.stock import operations as stock
from blacklist.imports import operations as imports
from blacklist.models import Certificate
from config.kernel import approvals
from config.kernel.database.transactions import perform
from config.kernel.models import Approval
from tests import factories
from tests.accounts import merged_customers
from tests.accounts.sheets import CUSTOMERS
from tests.architecture.writers import WRITERS
from tests.blacklist import lists
from tests.concurrency.required_locks import noted
from tests.factories import LI, WANG, ZHANG
from tests.http import ApiClient
from tests.listings import certify, enter

pytestmark = pytest.mark.django_db(transaction=True)

PASSPORT = {"type": "passport", "number": "E12345678", "country": "CHN"}
ELSEWHERE = {"account_number": "6217000000000001", "bank_code": "ICBC"}
CERTIFICATES = "/blacklist/certificates"
REVOKED = {"doc_no": "撤1", "revoked_on": "2026-01-05", "reason": "误认"}
UNKNOWN_ACCOUNT = "6000999900000009"

type Act = Callable[[], Any]


@dataclass
class Bank:
    """A customer with an account and a card, and clients of the roles that act for them."""

    holder: Customer
    account: str
    card: str
    folder: Path
    teller: ApiClient
    supervisor: ApiClient
    officer: ApiClient
    second: ApiClient

    @property
    def case_accounts(self) -> list[dict[str, str]]:
        return [{"account_number": self.account}, {"account_number": self.card}, ELSEWHERE]

    @property
    def path(self) -> str:
        return f"/customers/{self.holder.id}"

    def approved(self, answer: Any) -> Act:
        """Return the call that approves a proposal."""
        proposal = done(answer)["approval_id"]
        checker = self.supervisor if Approval.objects.get(pk=proposal).kind in SUPERVISED else self.second
        return lambda: done(checker.approve(proposal))

    def listed(self, *rows: dict[str, str]) -> Any:
        return lists.staged(self.folder, self.officer.caller, *rows)


SUPERVISED = {"document_link", "document_withdrawal", "customer_merge"}


@pytest.fixture
def bank(zhang, teller, supervisor, client_for, tmp_path) -> Bank:
    account = factories.account(zhang, "I")
    card = factories.card(account, number="6228480000000015")
    officers = client_for("compliance"), client_for("compliance", "second")
    return Bank(zhang, account.account_number, card.number, tmp_path, teller, supervisor, *officers)


def done(answer: Any) -> Any:
    assert answer.status_code in {200, 201}, answer.json()
    return answer.json()


def ask_link(bank: Bank) -> Act:
    return lambda: bank.teller.post(f"{bank.path}/documents", {"document": PASSPORT})


def link(bank: Bank) -> Act:
    return bank.approved(ask_link(bank)())


def withdraw_document(bank: Bank) -> Act:
    link(bank)()
    document = Document.objects.get(type="passport")
    return bank.approved(bank.teller.post(f"{bank.path}/documents/{document.id}/withdrawals", {"reason": "有误"}))


def merge(bank: Bank) -> Act:
    other = factories.customer(merged_customers.PERMIT)
    factories.card(factories.account(other, "II"))
    return bank.approved(merged_customers.propose(bank.teller, bank.holder, other))


def register_stop(bank: Bank) -> Act:
    return lambda: enter(LI, case_accounts=bank.case_accounts)


def put_in_force(bank: Bank) -> Act:
    made = enter(ZHANG, LI, case_accounts=bank.case_accounts)
    return lambda: done(bank.second.approve(made["approval_id"]))


def reject(bank: Bank) -> Act:
    made = enter(ZHANG, case_accounts=bank.case_accounts)
    return lambda: done(bank.second.reject(made["approval_id"]))


def send_back(bank: Bank) -> Act:
    made = enter(ZHANG, case_accounts=bank.case_accounts)
    return lambda: done(bank.second.send_back(made["approval_id"]))


def take_back(bank: Bank) -> Act:
    made = enter(ZHANG, case_accounts=bank.case_accounts)
    return lambda: done(bank.officer.withdraw(made["approval_id"]))


def ask_correction(bank: Bank) -> Act:
    paper = certify(ZHANG)
    body = {
        "doc_no": paper.doc_no,
        "authority": {"name": "广州市公安局", "region_code": "440100", "level": "prefecture"},
        "certified_on": "2026-01-02",
        "category": "CASE_ACCOUNT",
        "subjects": [{"kind": "individual", "name": WANG.name, "document": WANG.document}],
        "case_accounts": bank.case_accounts,
        "correction_reason": "录入有误",
    }
    return lambda: bank.officer.post(f"{CERTIFICATES}/{paper.id}/corrections", body)


def correct(bank: Bank) -> Act:
    return bank.approved(ask_correction(bank)())


def _revocation(bank: Bank, what: str = "", *people: factories.Person) -> Act:
    paper = certify(*people, case_accounts=bank.case_accounts)
    return lambda: bank.officer.post(f"{CERTIFICATES}/{paper.id}{what}/revocations", REVOKED)


def ask_revocation(bank: Bank) -> Act:
    return _revocation(bank, "", ZHANG)


def revoke(bank: Bank) -> Act:
    return bank.approved(ask_revocation(bank)())


def ask_subject_revocation(bank: Bank) -> Act:
    return _revocation(bank, "/subjects/1", ZHANG)


def revoke_subject(bank: Bank) -> Act:
    return bank.approved(ask_subject_revocation(bank)())


def revoke_account(bank: Bank) -> Act:
    return bank.approved(_revocation(bank, "/case-accounts/1")())


def _list(bank: Bank) -> list[dict[str, str]]:
    """Return a list of people and accounts with one certificate for manual review."""
    return [
        lists.person(ZHANG.number, ZHANG.name),
        *(lists.account(each["account_number"], each.get("bank_code", ""), doc_no="2") for each in bank.case_accounts),
        *(lists.account(each, doc_no="3") for each in (bank.account, UNKNOWN_ACCOUNT)),
    ]


def register_list(bank: Bank) -> Act:
    row = lists.approved(bank.listed(*_list(bank)), bank.officer.caller, bank.second.caller)
    return lambda: imports.apply_list(row.id)


def undo_list(bank: Bank) -> Act:
    maker, checker = bank.officer.caller, bank.second.caller
    row = lists.registered(bank.listed(*_list(bank)), maker, checker)
    paper = Certificate.objects.get(doc_no=lists.PAPER["doc_no"])
    done(bank.officer.post(f"{CERTIFICATES}/{paper.id}/revocations", REVOKED))
    _, approval = perform(lambda: imports.propose_undo(principal=maker, import_id=row.id, draft=lists.undo_draft()))
    perform(lambda: approvals.approve(approval.id, principal=checker))
    return lambda: imports.apply_list(row.id)


def load_stock(bank: Bank) -> Act:
    sheets = {
        "customers": [
            CUSTOMERS,
            f"Z,individual,{ZHANG.name},resident_id,{ZHANG.number}",
            f"N,individual,{LI.name},resident_id,{LI.number}",
        ],
        "documents": [
            "customer_ref,document_type,document_number,document_country",
            "Z,passport,E12345678,CHN",
            "N,passport,E12345679,CHN",
        ],
    }
    files = {name: bank.folder / f"{name}.csv" for name in sheets}
    for name, path in files.items():
        path.write_text("\n".join([*sheets[name], ""]))
    row = stock.stage_files(files, processes=1)
    maker, checker = (factories.caller("supervisor", name) for name in ("who-loads", "who-decides"))
    _, approval = perform(lambda: stock.propose_import(principal=maker, import_id=row.id))
    perform(lambda: approvals.approve(approval.id, principal=checker))
    return lambda: stock.apply_import(row.id)


def register_customer(bank: Bank) -> Act:
    return lambda: done(bank.teller.post("/customers", LI.body))


def renew(bank: Bank) -> Act:
    check = {"method": "读卡设备", "result": "match"}
    body = {"document": ZHANG.document | {"valid_until": "2046-01-04"}, "identity_check": check}
    return lambda: done(bank.teller.post(f"{bank.path}/documents/renewals", body))


#: Each is prepared in the bank, and then run.
OPERATIONS: dict[str, Callable[[Bank], Act]] = {
    each.__name__: each
    for each in (
        register_customer, ask_link, link, renew, withdraw_document, merge, load_stock,
        register_stop, put_in_force, reject, send_back, take_back, ask_correction, correct,
        ask_revocation, revoke, ask_subject_revocation, revoke_subject, revoke_account, register_list, undo_list,
    )
}  # fmt: skip
#: They list and free nobody, and add no key to a known customer; a new customer holds nothing yet.
HARMLESS = {"register_customer", "ask_link", "renew", "ask_revocation", "ask_subject_revocation"}


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_locks_all_concerned_before_it_writes(bank, name):
    act = OPERATIONS[name](bank)
    with noted() as written:
        act()
        assert bool(written.concerning()) is (name not in HARMLESS)
        assert written.unlocked() == []
        statements = written.statements()
    writers = [each for each, operations in WRITERS.items() if name in operations]
    assert [each for each in writers if not _ran(each, written.functions, statements)] == []


def _ran(writer: str, functions: set[str], statements: set[str]) -> bool:
    path, _, name = writer.partition(":")
    named = getattr(import_module(path.removesuffix(".py").replace("/", ".")), name)
    if not isinstance(named, str):
        return writer in functions
    # A statement may be part of another one, and its values are filled in.
    beginning = re.split(r"[{%]", named.strip())[0]
    return any(beginning in each for each in statements)
