"""The objects that a call of the API requires, created over the API."""

from collections.abc import Callable
from typing import Any

from accounts.stock import tasks
from blacklist.imports.tasks import apply_lists, stage_lists
from tests import factories
from tests.blacklist.lists import person, written
from tests.cleanup_cases import stock_account
from tests.clock import NOON
from tests.contract.calls import ANOTHER, BODIES, OPERATIONS, OWN_ACCOUNT
from tests.http import ApiClient
from tests.listings import certify
from tests.transfers.conftest import pay_in

STOCK_ROW = "Z,individual,张三,resident_id,11010519491231002X"


def stock_file(*rows: str) -> bytes:
    """Return a stock file of customers."""
    return "\n".join(["customer_ref,kind,name,document_type,document_number", *rows, ""]).encode()


class World:
    """The clients, and the objects created before a call."""

    def __init__(self, client_for: Callable[..., ApiClient]) -> None:
        self.client_for = client_for
        #: What was said in the last call that `made` something.
        self.asked: dict[str, Any] = {}

    def call(self, operation: str, client: ApiClient, body: dict[str, Any] | None = None, **path: str) -> Any:
        """Make a call; return the response."""
        method, address, described = OPERATIONS[operation]
        if method == "GET":
            query = {name: value for name, value in path.items() if f"{{{name}}}" not in address}
            return client.get(address.format(**path), **query)
        if "multipart/form-data" in described.get("requestBody", {}).get("content", {}):
            return client.send(address.format(**path), body or {})
        keyed = any(each["name"] == "Idempotency-Key" for each in described.get("parameters", []))
        return client.post(address.format(**path), body or {}, key="" if keyed else None)

    def made(self, operation: str, client: ApiClient, body: dict[str, Any] | None = None, **path: str) -> Any:
        """Make a call that succeeds; return its JSON."""
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
        return self.made("post_customers", self.teller, factories.new_person().body)

    def rich_account(self) -> Any:
        """An account of 张三 with money."""
        row = factories.account(factories.customer(factories.ZHANG), "II")
        pay_in(row, 100_000)
        return self.made("get_accounts_id", self.teller, account_id=str(row.id))

    def account_of_four_cards(self) -> Any:
        """An account of 张三 with four debit cards."""
        row = factories.account(factories.customer(factories.ZHANG), "II")
        factories.four_cards(row)
        return self.made("get_accounts_id", self.teller, account_id=str(row.id))

    def stopped_account(self) -> Any:
        """A payment account of 张三 with money, stopped by a penalty."""
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

    def suspicion(self) -> Any:
        return self.made("post_suspicions", self.teller, {"transfer_id": self.transfer()["id"]})

    def first_suspicion_of_two(self) -> Any:
        for _ in range(2):
            self.made("post_suspicions", self.teller)
        return self.made("get_suspicions", self.compliance, limit="1")

    def delayed(self) -> Any:
        suspicion = self.suspicion()
        return self.made(
            "post_transfers_id_delays",
            self.compliance,
            {"suspicion_id": suspicion["id"]},
            transfer_id=suspicion["transfer_id"],
        )

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
        """Make a proposal; return its id."""
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
        """Withdraw a document or external account of 张三 that is in force."""
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

    def two_alike(self) -> Any:
        factories.customer(id=ANOTHER)
        return self.customer()

    def stock(self, *rows: str, staged: bool = False) -> Any:
        """An uploaded stock import, staged on request."""
        sent = self.made("post_stock_imports", self.supervisor, {"customers": stock_file(*rows)})
        if staged:
            tasks.stage_stock()
        return sent

    def submitted_stock(self) -> Any:
        sent = self.stock(STOCK_ROW, staged=True)
        return self.made("post_stock_imports_id_submit", self.supervisor, import_id=sent["id"])

    def list(self, *, staged: bool = False) -> Any:
        """An uploaded list of certificates, staged on request."""
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
        """The approved result of a proposal about a customer."""
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
        """The letters due to 张三."""
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
