"""The links of the OpenAPI document lead somewhere: each is followed from a real answer, and what it names is done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from accounts import tasks
from blacklist.tasks import apply_lists, stage_lists
from config.kernel import approvals
from config.kernel.models import BUSINESS, Approval
from tests import factories
from tests.architecture.test_roles import MATRIX
from tests.blacklist.lists import person, written
from tests.cleaning import stock_account
from tests.clock import NOON
from tests.contract.document import kept
from tests.http import ApiClient
from tests.listing import certify
from tests.transfers.conftest import pay_in

DOCUMENT = kept()
OPERATIONS = {
    operation["operationId"]: (method.upper(), path.removeprefix("/api/v1"), operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}
LINKS = sorted(
    {
        (source, name)
        for source, (_, _, operation) in OPERATIONS.items()
        for answer in operation["responses"].values()
        for name in answer.get("links", {})
    }
)
CHECK = {"method": "联网核查", "result": "match"}
PASSPORT = {"type": "passport", "number": "X1234567", "country": "GBR"}
#: A bank account of whoever's payment account is stopped.
OWN_ACCOUNT = "0199c1c4-7f22-752e-854c-e81397a9ed18"
#: Whoever may be the same person as another.
ANOTHER = "0199c1c4-7f22-752e-854c-e81397a9ed19"
REVOKED = {"doc_no": "撤1", "revoked_on": "2026-01-04", "reason": "认定有误"}
CORRECTED = {
    "doc_no": "更正后1号",
    "authority": {"name": "某省公安厅", "region_code": "350000", "level": "province"},
    "certified_on": "2025-12-31",
    "category": "CASE_ACCOUNT",
    "case_accounts": [{"account_number": "7", "bank_code": "ICBC"}],
    "correction_reason": "录入有误",
}
#: What else a call says, besides what a link knows.
BODIES: dict[str, dict[str, Any]] = {
    "post_accounts": {"kind": "bank", "account_class": "I"},
    "post_accounts_id_downgrade": {"to": "III"},
    "post_accounts_id_upgrade": {"to": "I"},
    "post_accounts_id_cards": {"product": "debit"},
    "post_accounts_id_close_outs": {"to_account_id": OWN_ACCOUNT},
    "post_accounts_id_card_exceptions": {"product": "debit", "reason": "工资卡在外地"},
    "post_accounts_id_freezes": {"authority": "某公安局", "order_no": "冻1"},
    "post_approvals_id_attachments": {"file": b"%PDF-1.7"},
    "post_approvals_id_comments": {"text": "原件已核对"},
    "post_approvals_id_reject": {"reason": "材料不全"},
    "post_approvals_id_return": {"reason": "账号有误"},
    "post_blacklist_certificates_id_revocations": REVOKED,
    "post_blacklist_certificates_id_subjects_id_revocations": REVOKED,
    "post_blacklist_certificates_id_case_accounts_id_revocations": REVOKED,
    "post_blacklist_certificates_id_corrections": CORRECTED,
    "post_blacklist_certificates_id_appeals": {"appellant": "王五", "grounds": "冒用", "received_on": "2026-01-04"},
    "post_blacklist_appeals_id_attachments": {"file": b"%PDF-1.7"},
    "post_blacklist_appeals_id_moves": {"status": "forwarded", "on": "2026-01-04"},
    "post_cash_deposits": {"amount": "1.00"},
    "post_cash_withdrawals": {"amount": "1.00"},
    "post_cleanup_campaigns": {"name": "2026年存量清理", "deadline": "2099-12-31"},
    "post_cleanup_cases_id_actions": {"way": "explain", "reason": "两个账户用途不同"},
    "post_cleanup_cases_id_actions_preview": {"way": "explain"},
    "post_cleanup_actions_id_undo": {"reason": "客户改变主意"},
    "post_cleanup_cases_id_contacts": {"kind": "phone", "result": "reached", "text": "已通知"},
    "post_customers_id_documents": {"document": PASSPORT},
    "post_letters_id_deliveries": {"way": "counter"},
    "post_customers_id_documents_renewals": {
        "document": {**factories.LI.document, "valid_until": "2046-01-05"}, "identity_check": CHECK,
    },
    "post_customers_id_external_accounts": {
        "account_number": "6217000000000006", "bank_code": "OTHERBANK", "name": "赵六", "evidence": "存折",
    },
    "post_customers_id_documents_id_withdrawals": {"reason": "登记有误"},
    "post_customers_id_external_accounts_id_withdrawals": {"reason": "登记有误"},
    "post_customers_id_names": {"name": "李思", "evidence": "户口簿变更记载"},
    "post_customers_id_reverifications": {"identity_check": CHECK},
    "post_customers_id_same_person": {"customer_id": ANOTHER, "decision": "different", "evidence": "两人均到场"},
    "post_freezes_id_lift": {"order_no": "解1", "reason": "原案已撤销"},
    "post_payee_inquiries": {},
    "post_transfers": {
        "payee": {"account_number": "6222000011112222", "bank_code": "OTHERBANK"},
        "amount": "1.00", "arrival": "next_day",
    },
    "post_transfers_id_cancel": {"applicant": {"document": factories.ZHANG.document}},
}  # fmt: skip
BODIES["post_transfers_preview"] = BODIES["post_transfers"]


STOCK_ROW = "Z,individual,张三,resident_id,11010519491231002X"


def stock_file(*rows: str) -> bytes:
    """Return a file of customers."""
    return "\n".join(["customer_ref,kind,name,document_type,document_number", *rows, ""]).encode()


class World:
    """Whoever calls, and what was made on the way to a call."""

    def __init__(self, client_for: Callable[..., ApiClient]) -> None:
        self.client_for = client_for
        #: What was said in the last call that `made` something.
        self.asked: dict[str, Any] = {}

    def call(self, operation: str, client: ApiClient, body: dict[str, Any] | None = None, **path: str) -> Any:
        """Make a call; return its answer."""
        method, address, described = OPERATIONS[operation]
        if method == "GET":
            query = {name: value for name, value in path.items() if f"{{{name}}}" not in address}
            return client.get(address.format(**path), **query)
        if "multipart/form-data" in described.get("requestBody", {}).get("content", {}):
            return client.send(address.format(**path), body or {})
        keyed = any(each["name"] == "Idempotency-Key" for each in described.get("parameters", []))
        return client.post(address.format(**path), body or {}, key="" if keyed else None)

    def made(self, operation: str, client: ApiClient, body: dict[str, Any] | None = None, **path: str) -> Any:
        """Make a call that does what it should; return what it says."""
        self.asked = {**BODIES.get(operation, {}), **(body or {})}
        answer = self.call(operation, client, self.asked, **path)
        assert answer.status_code in (200, 201), answer.json()
        return answer.json()

    @property
    def teller(self) -> ApiClient:
        return self.client_for("teller", "maker")

    @property
    def compliance(self) -> ApiClient:
        return self.client_for("compliance", "maker")

    @property
    def supervisor(self) -> ApiClient:
        return self.client_for("supervisor", "maker")

    def customer(self) -> Any:
        return self.made("post_customers", self.teller, factories.somebody().body)

    def rich_account(self) -> Any:
        """An account of 张三 with money on it."""
        row = factories.account(factories.customer(factories.ZHANG), "II")
        pay_in(row, 100_000)
        return self.made("get_accounts_id", self.teller, account_id=str(row.id))

    def stopped_account(self) -> Any:
        """A payment account of 张三 with money on it that a penalty stops."""
        holder = factories.customer(factories.ZHANG)
        factories.account(holder, "I", id=OWN_ACCOUNT)
        row = factories.account(holder, "III", kind="payment", balance_fen=100)
        certify(factories.ZHANG)
        return self.made("get_accounts_id", self.teller, account_id=str(row.id))

    def card(self) -> Any:
        return self.made("post_accounts_id_cards", self.teller, account_id=self.rich_account()["id"])

    def taken_card(self) -> Any:
        """A card that an agent has taken."""
        agent = {"name": "李四", "document": factories.LI.document}
        body = {"agent": agent}
        return self.made("post_accounts_id_cards", self.teller, body, account_id=self.rich_account()["id"])

    def freeze(self) -> Any:
        return self.made("post_accounts_id_freezes", self.compliance, account_id=self.rich_account()["id"])

    def certificate(self, number: int = 1) -> Any:
        body = {
            "doc_no": f"公认〔2026〕{number}号",
            "authority": {"name": "某市公安局", "region_code": "110000", "level": "province"},
            "certified_on": "2026-01-01",
            "category": "LEND",
            "subjects": [{"kind": "individual", "name": "王五", "document": factories.WANG.document}],
        }
        return self.made("post_blacklist_certificates", self.compliance, body)

    def approved(self) -> Any:
        return self.made(
            "post_approvals_id_approve",
            self.client_for("compliance", "other"),
            approval_id=self.certificate()["approval_id"],
        )

    def transfer(self, payer: dict[str, str] | None = None) -> Any:
        return self.made("post_transfers", self.teller, {"payer": payer or {"account_id": self.rich_account()["id"]}})

    def transfer_by_card(self) -> Any:
        return self.transfer({"card_number": self.card()["card_number"]})

    def first_transfer_of_two(self) -> Any:
        payer = {"account_id": self.rich_account()["id"]}
        for _ in range(2):
            self.transfer(payer)
        return self.made("get_transfers", self.teller, limit="1")

    def first_approval_of_two(self) -> Any:
        for _ in range(2):
            self.about_customer("post_customers_id_reverifications")
        return self.made("get_approvals", self.client_for("supervisor"), limit="1")

    def first_certificate_of_two(self) -> Any:
        for number in (1, 2):
            self.certificate(number)
        return self.made("get_blacklist_certificates", self.compliance, limit="1")

    def case_paper(self) -> str:
        """Put a certificate in force that names a person and a case account; return its id."""
        made = certify(factories.WANG, case_accounts=[{"account_number": "7", "bank_code": "ICBC"}])
        return str(made.id)

    def part(self, kind: str) -> Any:
        operation = f"post_blacklist_certificates_id_{kind}_id_revocations"
        return self.made(operation, self.compliance, certificate_id=self.case_paper(), place="1")

    def correction(self) -> Any:
        return self.made(
            "post_blacklist_certificates_id_corrections", self.compliance, certificate_id=self.case_paper()
        )

    def waiting(self) -> str:
        """Propose something; return the proposal's id."""
        return str(self.about_customer("post_customers_id_reverifications")["approval_id"])

    def claimed(self) -> Any:
        return self.made("post_approvals_id_claim", self.client_for("supervisor", "other"), approval_id=self.waiting())

    def noted(self) -> Any:
        return self.made("post_approvals_id_attachments", self.teller, approval_id=self.waiting())

    def first_note_of_two(self) -> Any:
        waiting = self.waiting()
        for _ in range(2):
            self.made("post_approvals_id_attachments", self.teller, approval_id=waiting)
        return self.made("get_approvals_id_attachments", self.teller, approval_id=waiting, limit="1")

    def appeal(self) -> Any:
        return self.made("post_blacklist_certificates_id_appeals", self.compliance, certificate_id=self.case_paper())

    def attached(self) -> Any:
        return self.made("post_blacklist_appeals_id_attachments", self.compliance, appeal_id=self.appeal()["id"])

    def first_attachment_of_two(self) -> Any:
        appeal_id = self.appeal()["id"]
        for _ in range(2):
            self.made("post_blacklist_appeals_id_attachments", self.compliance, appeal_id=appeal_id)
        return self.made("get_blacklist_appeals_id_attachments", self.compliance, appeal_id=appeal_id, limit="1")

    def first_appeal_of_two(self) -> Any:
        certificate_id = self.case_paper()
        for _ in range(2):
            self.made("post_blacklist_certificates_id_appeals", self.compliance, certificate_id=certificate_id)
        return self.made("get_blacklist_appeals", self.compliance, limit="1")

    def about_customer(self, operation: str) -> Any:
        return self.made(operation, self.teller, customer_id=self.customer()["id"])

    def renamed(self) -> Any:
        customer = self.made("post_customers", self.teller, factories.LI.body)
        body = {"document": factories.LI.document}
        return self.made("post_customers_id_names", self.teller, body, customer_id=customer["id"])

    def withdrawn(self, operation: str, **path: str) -> Any:
        """Withdraw something of 张三's that is in force."""
        row = factories.customer(factories.ZHANG)
        if "documents" in operation:
            path["document_id"] = str(factories.document(row, "passport", "Y1234567", "GBR").id)
        else:
            own = factories.external_account(row, "6217000000000014", status="active", in_force_at=NOON)
            factories.approved("external_account", own)
            path["external_account_id"] = str(own.id)
        return self.made(operation, self.teller, customer_id=str(row.id), **path)

    def same_person(self) -> Any:
        other = self.made("post_customers", self.teller, factories.Person("赵六", "H12345678", "hk_macau_permit").body)
        body = {"customer_id": other["id"], "decision": "same", "evidence": "两证件均已出示"}
        return self.made("post_customers_id_same_person", self.teller, body, customer_id=self.customer()["id"])

    def beside_another(self) -> Any:
        factories.customer(id=ANOTHER)
        return self.customer()

    def stock(self, *rows: str, staged: bool = False) -> Any:
        """Files of stock, as they are sent, or read and checked."""
        sent = self.made("post_stock_imports", self.supervisor, {"customers": stock_file(*rows)})
        if staged:
            tasks.stage_stock()
        return sent

    def submitted_stock(self) -> Any:
        sent = self.stock(STOCK_ROW, staged=True)
        return self.made("post_stock_imports_id_submit", self.supervisor, import_id=sent["id"])

    def list(self, *, staged: bool = False) -> Any:
        """A list of certificates, as it is sent, or read and checked."""
        content = written(person(factories.citizen_number(sequence=381), "钱七", doc_no="名单9号"))
        sent = self.made("post_blacklist_imports", self.compliance, {"file": content})
        if staged:
            stage_lists()
        return sent

    def submitted_list(self) -> Any:
        return self.made("post_blacklist_imports_id_submit", self.compliance, import_id=self.list(staged=True)["id"])

    def registered_list(self) -> Any:
        sent = self.submitted_list()
        self.client_for("compliance", "other").approve(sent["approval_id"])
        apply_lists()
        return sent

    def undone_list(self) -> Any:
        sent = self.registered_list()
        return self.made("post_blacklist_imports_id_undo", self.compliance, import_id=sent["id"])

    def first_stock_of_two(self) -> Any:
        for number in (1, 2):
            self.stock(STOCK_ROW.replace("Z", str(number)))
        return self.made("get_stock_imports", self.supervisor, limit="1")

    def in_force(self, operation: str) -> Any:
        """What was proposed about a customer, approved."""
        made = self.about_customer(operation)
        approved = self.client_for("supervisor", "other").approve(made["approval_id"])
        assert approved.status_code == 200, approved.json()
        return made

    def campaign(self) -> Any:
        """A campaign over two customers."""
        for _ in range(2):
            holder = factories.customer()
            factories.account(holder, "I")
            stock_account(holder)
        return self.made("post_cleanup_campaigns", self.client_for("supervisor"))

    def cases(self) -> Any:
        self.campaign()
        return self.made("get_cleanup_cases", self.teller, limit="1")

    def case(self) -> Any:
        return self.made("get_cleanup_cases_id", self.teller, case_id=self.cases()["results"][0]["id"])

    def action(self) -> Any:
        case = self.case()
        body = {"item_id": case["items"][0]["id"]}
        return self.made("post_cleanup_cases_id_actions", self.teller, body, case_id=case["id"])

    def action_in_force(self) -> Any:
        made = self.action()
        assert self.client_for("supervisor", "other").approve(made["approval_id"]).status_code == 200
        return made

    def undone(self) -> Any:
        return self.made("post_cleanup_actions_id_undo", self.teller, action_id=self.action_in_force()["id"])

    def two_campaigns(self) -> Any:
        boss, first = self.client_for("supervisor"), self.campaign()
        self.made("post_cleanup_campaigns_id_seal", boss, campaign_id=first["id"])
        self.made("post_cleanup_campaigns", boss)
        return self.made("get_cleanup_campaigns", self.teller, limit="1")

    def letter(self, *, printed: bool = False) -> Any:
        """The letter about a penalty of 张三's."""
        holder = factories.customer(factories.ZHANG)
        body = {"kind": "penalty", "about_id": str(certify(factories.ZHANG).id)}
        made = self.made("post_customers_id_letters", self.teller, body, customer_id=str(holder.id))
        if printed:
            assert self.call("get_letters_id_pdf", self.teller, letter_id=made["id"]).status_code == 200
        return made

    def owed(self) -> Any:
        """What 张三 is owed in writing."""
        holder = factories.customer(factories.ZHANG)
        certify(factories.ZHANG)
        return self.made("get_customers_id_letters", self.teller, customer_id=str(holder.id))

    def delivered(self) -> Any:
        return self.made("post_letters_id_deliveries", self.teller, letter_id=self.letter(printed=True)["id"])

    def first_letter_of_two(self) -> Any:
        customer_id = self.letter()["customer_id"]
        body = {"kind": "penalty", "about_id": str(certify(factories.ZHANG).id)}
        self.made("post_customers_id_letters", self.teller, body, customer_id=customer_id)
        return self.made("get_customers_id_letters", self.teller, customer_id=customer_id, limit="1")

    def about_account(self, operation: str, **body: Any) -> Any:
        return self.made(operation, self.teller, body, account_id=self.rich_account()["id"])


SOURCES: dict[str, Callable[[World], Any]] = {
    "post_customers": World.customer,
    "post_accounts": World.rich_account,
    "post_accounts_id_cards": World.card,
    "post_accounts_id_card_exceptions": lambda world: world.about_account("post_accounts_id_card_exceptions"),
    "post_accounts_id_close_outs": lambda world: world.made(
        "post_accounts_id_close_outs", world.teller, account_id=world.stopped_account()["id"]
    ),
    "post_accounts_id_freezes": World.freeze,
    "post_freezes_id_lift": lambda world: world.made(
        "post_freezes_id_lift", world.compliance, freeze_id=world.freeze()["id"]
    ),
    "post_customers_id_documents": lambda world: world.about_customer("post_customers_id_documents"),
    "post_customers_id_external_accounts": lambda world: world.about_customer("post_customers_id_external_accounts"),
    "post_customers_id_names": World.renamed,
    "post_customers_id_documents_id_withdrawals": lambda world: world.withdrawn(
        "post_customers_id_documents_id_withdrawals"
    ),
    "post_customers_id_external_accounts_id_withdrawals": lambda world: world.withdrawn(
        "post_customers_id_external_accounts_id_withdrawals"
    ),
    "post_customers_id_reverifications": lambda world: world.about_customer("post_customers_id_reverifications"),
    "post_customers_id_same_person": World.same_person,
    "post_customers_id_letters": lambda world: world.letter(printed=True),
    "get_customers_id_letters": World.first_letter_of_two,
    "post_letters_id_deliveries": World.delivered,
    "post_cleanup_campaigns": World.campaign,
    "get_cleanup_campaigns": World.two_campaigns,
    "get_cleanup_campaigns_id": lambda world: world.made(
        "get_cleanup_campaigns_id", world.teller, campaign_id=world.campaign()["id"]
    ),
    "get_cleanup_cases": World.cases,
    "get_cleanup_cases_id": World.case,
    "post_cleanup_cases_id_actions": World.action,
    "post_cleanup_actions_id_undo": World.undone,
    "post_blacklist_certificates": World.certificate,
    "post_blacklist_certificates_id_revocations": lambda world: world.made(
        "post_blacklist_certificates_id_revocations", world.compliance, certificate_id=world.approved()["object"]["id"]
    ),
    "post_blacklist_certificates_id_corrections": World.correction,
    "post_blacklist_certificates_id_subjects_id_revocations": lambda world: world.part("subjects"),
    "post_blacklist_certificates_id_case_accounts_id_revocations": lambda world: world.part("case_accounts"),
    "post_blacklist_certificates_id_appeals": World.appeal,
    "get_blacklist_appeals": World.first_appeal_of_two,
    "post_blacklist_appeals_id_attachments": World.attached,
    "get_blacklist_appeals_id_attachments": World.first_attachment_of_two,
    "get_blacklist_certificates_id": lambda world: world.made(
        "get_blacklist_certificates_id", world.compliance, certificate_id=world.case_paper()
    ),
    "post_approvals_id_approve": World.approved,
    "post_approvals_id_claim": World.claimed,
    "post_approvals_id_attachments": World.noted,
    "get_approvals_id_attachments": World.first_note_of_two,
    "post_cards_id_replace": lambda world: world.made(
        "post_cards_id_replace", world.teller, card_id=world.card()["id"]
    ),
    "post_transfers": World.transfer,
    "get_transfers": World.first_transfer_of_two,
    "get_approvals": World.first_approval_of_two,
    "get_blacklist_certificates": World.first_certificate_of_two,
    "post_blacklist_imports": World.list,
    "post_blacklist_imports_id_submit": World.submitted_list,
    "post_blacklist_imports_id_undo": World.undone_list,
    "post_stock_imports": lambda world: world.stock(STOCK_ROW),
    "post_stock_imports_id_submit": World.submitted_stock,
    "get_stock_imports": World.first_stock_of_two,
}
#: Where a link asks for more than its answer: a card that waits to be activated, an account that is empty.
STARTS: dict[tuple[str, str], Callable[[World], Any]] = {
    ("post_stock_imports", "submitImport"): lambda world: world.stock(STOCK_ROW, staged=True),
    ("post_blacklist_imports", "submitImport"): lambda world: world.list(staged=True),
    ("post_blacklist_imports_id_submit", "undoImport"): World.registered_list,
    ("post_transfers", "cancelTransferByCard"): World.transfer_by_card,
    ("post_accounts_id_cards", "activateCard"): World.taken_card,
    # A number is shown masked: whose document it is stands in the body.
    ("post_customers", "renewDocument"): lambda world: world.made("post_customers", world.teller, factories.LI.body),
    ("post_accounts", "closeOut"): World.stopped_account,
    ("post_customers", "judgeSamePerson"): World.beside_another,
    ("get_customers_id_letters", "issueOwed"): World.owed,
    ("post_cleanup_cases_id_actions", "undo"): World.action_in_force,
    ("post_customers_id_documents", "withdrawDocument"): lambda world: world.in_force("post_customers_id_documents"),
    ("post_customers_id_external_accounts", "withdrawExternalAccount"): lambda world: world.in_force(
        "post_customers_id_external_accounts"
    ),
    ("post_accounts", "closeAccount"): lambda world: world.made(
        "post_accounts", world.teller, {"customer_id": world.customer()["id"], "account_class": "II"}
    ),
}


def told(expression: Any, answer: Any, asked: Any) -> Any:
    """Return what an expression of a link stands for."""
    if isinstance(expression, dict):
        return {name: told(each, answer, asked) for name, each in expression.items()}
    place, body, pointer = str(expression).partition(".body#/")
    if not body:
        return expression
    found = {"$response": answer, "$request": asked}[place]
    for part in pointer.split("/"):
        found = found[int(part) if isinstance(found, list) else part]
    return found


def who(world: World, operation: str, method: str, address: str, approval_id: str | None) -> ApiClient:
    """Return who may do what a link leads to."""
    if approval_id and operation in {
        f"post_approvals_id_{each}" for each in ("approve", "reject", "return", "claim", "put_back")
    }:
        return world.client_for(approvals.deciding_role(Approval.objects.get(pk=approval_id).kind), "other")
    if approval_id:
        return world.client_for(Approval.objects.get(pk=approval_id).made_by.role, "maker")
    plain = "/".join("{id}" if part.startswith("{") else part for part in address.split("/"))
    roles = {str(role) for role in MATRIX[method, plain]}
    return world.client_for(next(role for role in ("teller", "compliance", "supervisor") if role in roles), "maker")


def _by_world() -> dict[str, list[tuple[str, str]]]:
    """Return which links begin in the same world: those of one answer, but for what asks for a start of its own."""
    found: dict[str, list[tuple[str, str]]] = {}
    for source, name in LINKS:
        found.setdefault(f"{source}-{name}" if (source, name) in STARTS else source, []).append((source, name))
    return found


@contextmanager
def undone() -> Iterator[None]:
    """Undo what is done inside, once the database has looked at it as at the end of a transaction."""
    world = transaction.atomic()
    # The application's own transactions stand in no other, unless a test begins it.
    world._from_testcase = True
    with world:
        yield
        connection.check_constraints()
        transaction.set_rollback(True)


@pytest.mark.parametrize("links", _by_world().values(), ids=_by_world())
def test_it_leads_from_a_real_answer_to_what_is_done(noon, client_for, links):
    """Each from the same answer: what one did is undone before the next."""
    world = World(client_for)
    for role in BUSINESS:
        # Whoever is first met inside would be undone as well.
        for name in ("", "maker", "other"):
            client_for(role, name)
    answer = STARTS.get(links[0], SOURCES[links[0][0]])(world)
    told_by_world = world.asked
    problems = {}
    for source, name in links:
        with undone():
            operation, done = follow(world, source, name, answer, told_by_world)
            if done.status_code not in (200, 201):
                problems[name] = operation, done.json()
    assert problems == {}


def follow(world: World, source: str, name: str, answer: Any, asked: Any) -> tuple[str, Any]:
    """Make the call that a link names; return its name and what came."""
    (link,) = {
        str(each["links"][name]): each["links"][name]
        for each in OPERATIONS[source][2]["responses"].values()
        if name in each.get("links", {})
    }.values()
    operation = link["operationId"]
    method, address, _ = OPERATIONS[operation]
    path = told(link.get("parameters", {}), answer, asked)
    body = {**BODIES.get(operation, {}), **told(link.get("requestBody", {}), answer, asked)}
    client = who(world, operation, method, address, path.get("approval_id"))
    return operation, world.call(operation, client, body, **path)


def test_whatever_is_made_or_changed_by_id_is_led_to():
    """Nothing that takes an id can be reached by guessing alone."""
    led_to = {
        link["operationId"]
        for _, _, operation in OPERATIONS.values()
        for answer in operation["responses"].values()
        for link in answer.get("links", {}).values()
    }
    assert led_to <= OPERATIONS.keys()
    assert {name for name, (_, path, _) in OPERATIONS.items() if "{" in path} <= led_to
