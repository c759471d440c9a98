"""A bank in which every page of the desk has something to show, made over the API as its people make it."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from accounts.models import Card, CleanupCase, CleanupItem, Freeze, IdentityConflict, LossReport
from accounts.operations.cash_boxes import ask_count, open_box
from accounts.operations.cash_reversals import ask_cash_reversal
from accounts.operations.cleanup.cases import attach
from accounts.operations.conflicts import end_conflict
from accounts.operations.counter_cash import ask_counter_cash, pay_at_counter
from accounts.operations.letters.handing_out import print_letter
from accounts.operations.stock.uploads import SentStock, stage_uploaded, upload_stock
from accounts.vocabulary.cash import MovementKind
from accounts.vocabulary.conflicts import ConflictEnd
from accounts.vocabulary.letters import LetterForm
from blacklist.operations.appeals import attach_paper
from blacklist.operations.imports import SentList, upload_list
from blacklist.operations.imports import stage_uploaded as stage_list
from blacklist.vocabulary import AppealPaper
from config.kernel import approvals
from config.kernel.clock import bank_now
from config.kernel.models import Principal
from config.kernel.scans import Scan
from config.kernel.transactions import perform
from tests import factories
from tests.blacklist.lists import person, written
from tests.people import caller_for

DAY = "2026-01-01"


@dataclass
class Words:
    """Where the free texts of a town come from; ordinary ones here.

    :ivar tagged: fields whose text begins with their own tag.
    """

    tagged: set[str] = field(default_factory=set)

    def name(self) -> str:
        """Return a person's name."""
        return "赵敏"

    def line(self, of: str, most: int) -> str:
        """Return a line of text for a field, up to a length."""
        self.tagged.add(of)
        return f"{of}某市2026字第1号"[:most]

    def text(self, of: str, most: int) -> str:
        """Return a longer text for a field."""
        self.tagged.add(of)
        return f"{of}客户说明情况，经办人已核对原件。"[:most]


class Town:
    """The people, papers and orders of a small town.

    :ivar ids: ids by the name they have in an address: `customer_id`, `transfer_id`, ...
    :ivar owners: whose a document or an account elsewhere is.
    :ivar secrets: what must stand in no address.
    """

    def __init__(self, call: Callable[..., Any], words: Words) -> None:
        self.call = call
        self.words = words
        self.ids: dict[str, list[str]] = {}
        self.owners: dict[str, str] = {}
        self.secrets: set[str] = set()
        self._numbers = itertools.count(1)

    def build(self) -> "Town":
        """Make everything, in the order in which it happens."""
        account = self.customer_with_everything()
        self.organization()
        self.reviewed()
        self.conflict()
        for level in ("prefecture", "district_branch"):
            self.certificate(level=level)
        self.certificate_revoked()
        self.certificate_revoked_in_part()
        self.certificate_corrected()
        self.appeal()
        self.certificate_rejected()
        self.case_account()
        self.merge()
        self.close_out()
        self.cleanup()
        self.transfers(account)
        self.stock()
        self.lists()
        self.cash(account)
        return self

    def customer(self, name: str | None = None, **more: Any) -> tuple[str, str, dict[str, str]]:
        """Register a customer; return id, name and document."""
        name = name or self.words.name()
        document = self._document()
        body = {"kind": "individual", "name": name, "document": document, **more}
        made = self._post("teller", "/customers", body)
        self._keep("customer_id", made["id"])
        return made["id"], name, document

    def account(self, customer_id: str, account_class: str = "I", **more: Any) -> str:
        """Open an account."""
        body = {"customer_id": customer_id, "kind": "bank", "account_class": account_class, **more}
        made = self._post("teller", "/accounts", body)
        self.secrets.add(made["account_number"])
        return self._keep("account_id", made["id"])

    def card(self, account_id: str, **more: Any) -> dict[str, Any]:
        """Issue a card."""
        made = self._post("teller", f"/accounts/{account_id}/cards", {"product": "debit", **more})
        self.secrets.add(made["card_number"])
        self._keep("card_id", made["id"])
        return made

    def customer_with_everything(self) -> str:
        """Make somebody with accounts, cards in every state, freezes, papers that wait; return his account."""
        words = self.words
        customer_id, name, _ = self.customer(phone="13812345678")
        self.secrets.add("13812345678")
        first = self.account(customer_id)
        agent = {"name": words.name(), "document": self._document()}
        second = self.account(customer_id, "II", agent=agent)
        self._post("teller", "/cash/deposits", {"account": {"account_id": first}, "amount": "100000.00"})
        self.card(first)
        self.card(second, agent=agent)
        lost = self.card(first)
        by_agent = {"identified": "by_agent", "agent": {"name": words.name(), "document": self._document()}}
        self._post("teller", f"/cards/{lost['id']}/report-lost", by_agent)
        self._keep("report_id", str(LossReport.objects.latest("at").id))
        self._post("teller", f"/cards/{self.card(first)['id']}/cancel", {})
        self.card(first, product="social_security")
        self.card(first)
        asked = {"product": "debit", "reason": words.text("card-reason", 1000)}
        self._wait(self._post("teller", f"/accounts/{first}/card-exceptions", asked))
        self.rejected(self._post("teller", f"/accounts/{second}/card-exceptions", asked))
        self.to_hand_out(second, asked)
        elsewhere = {"account_number": "6222333344445555", "bank_code": "OTHERBANK", "name": name}
        elsewhere["evidence"] = words.text("evidence", 1000)
        self.secrets.add("6222333344445555")
        self.worked_on(self._wait(self._post("teller", f"/customers/{customer_id}/external-accounts", elsewhere)))
        passport = {"type": "passport", "number": "E12345678", "country": "USA"}
        self._wait(self._post("teller", f"/customers/{customer_id}/documents", {"document": passport}))
        self.freeze(second)
        self.withdrawals(customer_id, name)
        return first

    def conflict(self) -> None:
        """Enter a customer's number under another name, twice; let somebody say what the first was."""
        _, _, document = self.customer()
        body = {"kind": "individual", "name": "另一姓名", "document": document}
        for _ in range(2):
            self._post("teller", "/customers", body, 409)
        first, second = IdentityConflict.objects.order_by("pk").values_list("pk", flat=True)
        officer = caller_for(Principal.objects.get(name="compliance"))
        said = {"end": ConflictEnd.MISUSE, "reason": self.words.text("finding", 1000)}
        perform(lambda: end_conflict(principal=officer, conflict_id=first, **said))
        for each in (first, second):
            self._keep("conflict_id", str(each))

    def worked_on(self, approval_id: str) -> None:
        """Have a proposal claimed; let its maker say something about it and keep a scan with it."""
        self._post("supervisor", f"/approvals/{approval_id}/claim", {}, 200)
        self._post("teller", f"/approvals/{approval_id}/comments", {"text": self.words.text("comment", 1000)}, 201)
        maker = caller_for(Principal.objects.get(name="teller"))
        perform(lambda: approvals.attach(UUID(approval_id), principal=maker, scan=self._scan()))

    def to_hand_out(self, account_id: str, asked: dict[str, str]) -> None:
        """Have a card beyond the limit approved at the desk: its maker has still to hand it out."""
        approval_id = self._wait(self._post("teller", f"/accounts/{account_id}/card-exceptions", asked))
        supervisor = caller_for(Principal.objects.get(name="supervisor"))
        decided, _ = perform(lambda: approvals.approve(UUID(approval_id), principal=supervisor))
        self._keep("exception_id", str(decided.object_id))
        self.secrets |= {each.number for each in Card.objects.filter(exception_id=decided.object_id)}

    def withdrawals(self, customer_id: str, name: str) -> None:
        """Approve a document and an account elsewhere, and ask for the end of both."""
        passport = {"type": "passport", "number": "E12345679", "country": "USA"}
        elsewhere = {"account_number": "6222333344446666", "bank_code": "OTHERBANK", "name": name}
        elsewhere["evidence"] = self.words.text("evidence", 1000)
        self.secrets |= {"E12345679", "6222333344446666"}
        for kind, place, body in (
            ("document_id", "documents", {"document": passport}),
            ("external_account_id", "external-accounts", elsewhere),
        ):
            made = self._post("teller", f"/customers/{customer_id}/{place}", body)
            self.approve("supervisor", self._wait(made))
            self._keep(kind, made["id"])
            self.owners[made["id"]] = customer_id
            told = {"reason": self.words.text("withdrawal-reason", 1000)}
            self._wait(self._post("teller", f"/customers/{customer_id}/{place}/{made['id']}/withdrawals", told))

    def close_out(self) -> None:
        """Ask for the way out of the balance of somebody who is penalized since."""
        customer_id, name, document = self.customer()
        own = self.account(customer_id)
        payment = self.account(customer_id, "III", kind="payment")
        self._post("teller", "/cash/deposits", {"account": {"account_id": payment}, "amount": "88.00"})
        subject = {"kind": "individual", "name": name, "document": document}
        certificate_id, approval = self.certificate(subjects=[subject])
        self.approve("compliance_2", approval)
        told = {"kind": "penalty", "about_id": certificate_id}
        letter = self._keep("letter_id", self._post("teller", f"/customers/{customer_id}/letters", told)["id"])
        teller = caller_for(Principal.objects.get(name="teller"))
        perform(lambda: print_letter(principal=teller, letter_id=UUID(letter), form=LetterForm.PDF))
        posted = {"way": "post", "tracking_number": "EA123456789CN"}
        self._post("compliance", f"/letters/{letter}/deliveries", posted)
        made = self._post("teller", f"/accounts/{payment}/close-outs", {"to_account_id": own})
        self._keep("close_out_id", made["id"])
        self._wait(made)

    def cash(self, account_id: str) -> None:
        """Open the teller's box, move cash in it, ask for what takes two; last of all, for the box takes all cash since."""
        teller = caller_for(Principal.objects.get(name="teller"))
        box = perform(lambda: open_box(principal=teller, opening_fen=100_000_00))
        self._keep("box_id", str(box.id))
        asked = {"principal": teller, "account_id": UUID(account_id), "kind": MovementKind.DEPOSIT}
        moved = perform(lambda: pay_at_counter(**asked, amount_fen=300_00))
        self._keep("record_id", str(moved.id))
        self._keep("record_id", str(perform(lambda: ask_counter_cash(**asked, amount_fen=50_000_01))[0].id))
        reason = self.words.text("reversal-reason", 1000)
        _, waits = perform(lambda: ask_cash_reversal(principal=teller, movement_id=moved.id, reason=reason))
        self._wait({"approval_id": str(waits.id)})
        told = {
            "principal": teller,
            "box_id": box.id,
            "counted_fen": 1,
            "reason": self.words.text("count-reason", 1000),
        }
        _, waits = perform(lambda: ask_count(**told))
        self._wait({"approval_id": str(waits.id)})

    def freeze(self, account_id: str, *, lift: bool = True) -> None:
        """Freeze an account, and ask for the end of it."""
        words = self.words
        order = {"authority": words.line("freeze-authority", 120), "order_no": words.line("freeze-order", 80)}
        self._post("compliance", f"/accounts/{account_id}/freezes", order)
        freeze = str(Freeze.objects.latest("placed_at", "id").id)
        self._keep("freeze_id", freeze)
        if lift:
            told = {"order_no": words.line("lift-order", 80), "reason": words.text("lift-reason", 1000)}
            self._wait(self._post("compliance", f"/freezes/{freeze}/lift", told))

    def merge(self) -> None:
        """Ask for two customers to be made one."""
        ids = []
        for number in ("H12340001", "H12340002"):
            document = {"type": "hk_macau_permit", "number": number}
            body = {"kind": "individual", "name": self.words.name(), "document": document}
            ids.append(self._post("teller", "/customers", body)["id"])
            self._keep("customer_id", ids[-1])
            self.secrets.add(number)
        asked = {"customer_id": ids[1], "decision": "same", "evidence": self.words.text("merge-evidence", 1000)}
        made = self._post("teller", f"/customers/{ids[0]}/same-person", asked)
        self._keep("merge_id", made["id"])
        self._wait(made)

    def organization(self) -> None:
        """Make a unit with its account."""
        unit = {"kind": "organization", "name": self.words.name(), "document": factories.UNIT.document}
        made = self._post("teller", "/customers", unit)
        self._keep("customer_id", made["id"])
        self.account(made["id"], "none")

    def reviewed(self) -> None:
        """Make somebody whose check did not match, and who was identified anew."""
        check = {"method": self.words.line("method", 40), "result": "photo_mismatch"}
        customer_id, _, _ = self.customer(identity_check=check)
        anew = {"identity_check": {"method": "联网核查", "result": "match"}}
        self._wait(self._post("teller", f"/customers/{customer_id}/reverifications", anew))

    def cleanup(self) -> None:
        """Start a campaign over what a merge has left beyond a limit, ask for something about it, note who was reached."""
        words, ids = self.words, []
        for number, cards in (("H12340011", 4), ("H12340012", 1)):
            document = {"type": "hk_macau_permit", "number": number}
            body = {"kind": "individual", "name": words.name(), "document": document}
            ids.append(self._keep("customer_id", self._post("teller", "/customers", body)["id"]))
            account = self.account(ids[-1])
            for _ in range(cards):
                self.card(account)
        told = {"customer_id": ids[1], "decision": "same", "evidence": words.text("same-evidence", 1000)}
        self.approve("supervisor", self._wait(self._post("teller", f"/customers/{ids[0]}/same-person", told)))
        started = {"name": words.line("campaign-name", 120), "deadline": "2030-12-31"}
        self._keep("campaign_id", self._post("supervisor", "/cleanup/campaigns", started)["id"])
        case = self._keep("case_id", str(CleanupCase.objects.get(customer_id=ids[0]).id))
        items = CleanupItem.objects.filter(case_id=case, beyond=True).order_by("limit")
        for item, way in zip(items, ("explain", "stop"), strict=False):
            self._keep("item_id", str(item.id))
            asked = {"item_id": str(item.id), "way": way, "reason": words.text("cleanup-reason", 1000)}
            made = self._post("teller", f"/cleanup/cases/{case}/actions", asked)
            self._keep("action_id", made["id"])
            waiting = self._wait(made)
            if way == "explain":
                self.approve("supervisor", waiting)
        reached = {"kind": "phone", "result": "will_come", "text": words.text("contact", 1000)}
        self._post("teller", f"/cleanup/cases/{case}/contacts", reached)
        teller = caller_for(Principal.objects.get(name="teller"))
        kept = perform(lambda: attach(principal=teller, case_id=UUID(case), scan=self._scan()))
        self._keep("attachment_id", str(kept.id))

    def certificate(self, level: str = "prefecture", **more: Any) -> tuple[str, str]:
        """Enter a certificate about somebody unknown; return its id and its approval's."""
        subject = {"kind": "individual", "name": self.words.name(), "document": self._document()}
        region = "110105" if level == "district_branch" else "440100"
        body = {
            "doc_no": self.words.line("doc-no", 90) + f"-{next(self._numbers)}",
            "authority": {"name": self.words.name(), "region_code": region, "level": level},
            "certified_on": DAY,
            "category": "RENT",
            "subjects": [subject],
        }
        made = self._post("compliance", "/blacklist/certificates", body | more)
        self._keep("certificate_id", made["id"])
        return made["id"], self._wait(made)

    def certificate_revoked(self) -> None:
        """Put one in force and revoke it; another one's revocation waits."""
        for done in (True, False):
            certificate, approval = self.certificate()
            self.approve("compliance_2", approval)
            revocation = {"doc_no": self.words.line("revocation-no", 100), "revoked_on": "2026-01-04"}
            revocation["reason"] = self.words.text("revocation-reason", 1000)
            asked = self._post("compliance", f"/blacklist/certificates/{certificate}/revocations", revocation)
            waiting = self._wait(asked)
            if done:
                self.approve("compliance_2", waiting)

    def certificate_revoked_in_part(self) -> None:
        """Take one of two case accounts out of a paper."""
        accounts = [
            {"account_number": number, "bank_code": "OTHERBANK"} for number in ("7777000011112222", "7777000011113333")
        ]
        certificate, approval = self.certificate(category="CASE_ACCOUNT", subjects=[], case_accounts=accounts)
        self.approve("compliance_2", approval)
        revocation = {"doc_no": self.words.line("part-no", 100), "revoked_on": "2026-01-04", "reason": "x"}
        address = f"/blacklist/certificates/{certificate}/case-accounts/1/revocations"
        self.approve("compliance_2", self._wait(self._post("compliance", address, revocation)))

    def certificate_corrected(self) -> None:
        """Correct the day of one; another one's correction waits."""
        for done in (True, False):
            subject = {"kind": "individual", "name": self.words.name(), "document": self._document()}
            doc_no = self.words.line("corrected-no", 90) + f"-{next(self._numbers)}"
            certificate, approval = self.certificate(doc_no=doc_no, subjects=[subject])
            self.approve("compliance_2", approval)
            body = {
                "doc_no": doc_no,
                "authority": {"name": self.words.name(), "region_code": "440100", "level": "prefecture"},
                "certified_on": "2025-12-01",
                "category": "SELL",
                "subjects": [subject],
                "correction_no": self.words.line("correction-no", 100),
                "correction_reason": self.words.text("correction-reason", 1000),
            }
            made = self._post("compliance", f"/blacklist/certificates/{certificate}/corrections", body)
            self._keep("certificate_id", made["id"])
            waiting = self._wait(made)
            if done:
                self.approve("compliance_2", waiting)

    def appeal(self) -> None:
        """Record an appeal."""
        certificate, approval = self.certificate()
        self.approve("compliance_2", approval)
        body = {
            "appellant": self.words.name(),
            "grounds": self.words.text("grounds", 1000),
            "received_on": "2026-01-04",
        }
        appeal = self._post("compliance", f"/blacklist/certificates/{certificate}/appeals", body)["id"]
        self._keep("appeal_id", appeal)
        about: dict[str, Any] = {"appeal_id": UUID(appeal), "paper": AppealPaper.SUBMITTED, "at": bank_now()}
        officer = caller_for(Principal.objects.get(name="compliance"))
        kept = perform(lambda: attach_paper(principal=officer, scan=self._scan(), **about))
        self._keep("scan_id", str(kept.id))

    def _scan(self) -> Scan:
        return Scan(self.words.line("scan-name", 120), "application/pdf", b"%PDF-1.4")

    def certificate_rejected(self) -> None:
        """Reject one, with a reason."""
        _, approval = self.certificate()
        self._post("compliance_2", f"/approvals/{approval}/reject", {"reason": self.words.text("rejection", 1000)})

    def case_account(self) -> None:
        """Stop a case account."""
        accounts = [{"account_number": "8888777766665555", "bank_code": "OTHERBANK"}]
        _, approval = self.certificate(category="CASE_ACCOUNT", subjects=[], case_accounts=accounts)
        self.approve("compliance_2", approval)

    def transfers(self, account_id: str) -> None:
        """Make a transfer of each state."""
        held = self.transfer(account_id, "next_day")
        self.transfer(account_id, "ordinary")
        self.transfer(account_id, "real_time")
        self.transfer(account_id, "ordinary", amount="9999999.00", status=422)
        self.transfer(account_id, "ordinary", payee={"account_number": "8888777766665555", "bank_code": "OTHERBANK"},
                      status=422)  # fmt: skip
        del held
        cancelled = self.transfer(account_id, "next_day")
        applicant = {"document": self.first_document}
        told = {"applicant": applicant, "reason": self.words.text("cancel-reason", 200)}
        self._post("teller", f"/transfers/{cancelled}/cancel", told)

    def transfer(self, account_id: str, arrival: str, *, status: int = 201, **more: Any) -> str:
        """Order a transfer to another bank; return its id."""
        payee = {"account_number": "6222000011112222", "bank_code": "OTHERBANK", "name": self.words.name()}
        self.secrets.add("6222000011112222")
        shown = {each: self.words.text("screen", 200) for each in ("masked_name", "account_shown", "amount_shown")}
        body = {
            "payer": {"account_id": account_id},
            "payee": payee,
            "amount": "1234.50",
            "arrival": arrival,
            "memo": self.words.text("memo", 200),
            "screen_evidence": {**shown, "language": self.words.line("language", 20)},
        }
        made = self._post("teller", "/transfers", body | more, status)
        return self._keep("transfer_id", made["id"] if status == 201 else made["fields"]["transfer_id"])

    def approve(self, name: str, approval_id: str) -> None:
        """Approve, with a note."""
        self._post(name, f"/approvals/{approval_id}/approve", {"note": self.words.text("note", 1000)})

    def rejected(self, asked: dict[str, Any]) -> None:
        """Reject what a supervisor decides."""
        told = {"reason": self.words.text("rejection", 1000)}
        self._post("supervisor", f"/approvals/{self._wait(asked)}/reject", told)

    def _wait(self, made: dict[str, Any]) -> str:
        return self._keep("approval_id", made["approval_id"])

    def _document(self) -> dict[str, str]:
        number = factories.citizen_number(birth="19800215", sequence=next(self._numbers))
        self.secrets.add(number)
        document = {"type": "resident_id", "number": number}
        if not hasattr(self, "first_document"):
            self.first_document = document
        return document

    def stock(self) -> None:
        """Send files of stock, one row of them refused, and check them; and one that nobody has read yet."""
        rows = (
            "customer_ref,kind,name,document_type,document_number",
            f"1,individual,{self.words.name()},resident_id,{self._document()['number']}",
            "2,individual,,resident_id,1",
        )
        sent = {"customers": SentStock("customers.csv", "\n".join(rows).encode())}
        clerk = factories.caller("supervisor")
        row, _ = perform(lambda: upload_stock(principal=clerk, files=sent, source=self.words.line("source", 120)))
        stage_uploaded(row.id)
        self._keep("import_id", str(row.id))
        later = {"customers": SentStock("customers.csv", "\n".join((rows[0], rows[1].replace("1,", "3,", 1))).encode())}
        perform(lambda: upload_stock(principal=clerk, files=later, source=""))

    def lists(self) -> None:
        """Send a list of certificates, one row of it refused, and check it; and one that nobody has read yet."""
        number = self._document()["number"]
        rows = person(number, self.words.name(), doc_no="名单1号"), person("1", self.words.name(), doc_no="名单2号")
        officer = factories.caller("compliance")
        sent = SentList(f"{self.words.line('source', 100)}.csv", written(*rows))
        row, _ = perform(lambda: upload_list(principal=officer, sent=sent))
        stage_list(row.id)
        self._keep("list_id", str(row.id))
        later = SentList("later.csv", written(person(number, self.words.name(), doc_no="名单3号")))
        perform(lambda: upload_list(principal=officer, sent=later))

    def _keep(self, name: str, value: str) -> str:
        self.ids.setdefault(name, []).append(value)
        return value

    def _post(self, role: str, path: str, body: dict[str, Any], status: int | None = None) -> Any:
        answer = self.call(role, path, body)
        assert answer.status_code in ({200, 201} if status is None else {status}), (path, answer.text)
        return answer.json()


def chunks(payloads: tuple[str, ...], most: int) -> Iterator[str]:
    """Join payloads into texts of a length at most."""
    text = ""
    for each in payloads:
        if text and len(text) + 1 + len(each) > most:
            yield text
            text = ""
        text = f"{text} {each}" if text else each
    yield text
