"""A bank with data for every page of the desk, created over the API as its people do."""

from datetime import timedelta
from uuid import UUID

from accounts.cleanup.models import CleanupCase, CleanupItem
from accounts.cleanup.operations.cases import attach
from accounts.letters.operations.letters import print_letter
from accounts.letters.vocabulary import LetterForm
from accounts.models import Card, IdentityConflict, LossReport
from accounts.operations.aside_payments import AsideTarget, ask_aside_payment
from accounts.operations.names import end_conflict
from accounts.stock.operations.uploads import stage_uploaded, upload_stock
from accounts.till.operations.boxes import ask_count, open_box
from accounts.till.operations.counter import ask_counter_cash, pay_at_counter
from accounts.till.operations.reversals import ask_cash_reversal
from accounts.till.vocabulary import MovementKind
from accounts.vocabulary.conflicts import ConflictEnd
from config.kernel import approvals
from config.kernel.database.transactions import perform
from config.kernel.intake.tables.uploaded_files import SentFile
from config.kernel.models import Principal
from tests import factories
from tests.browser.town_papers import Papers
from tests.people import caller_for
from transfers.models import Transfer


class Town(Papers):
    """The people, papers and orders of a small town."""

    def build(self) -> "Town":
        """Create all data in chronological order."""
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
        self.set_aside()
        self.cleanup()
        self.transfers(account)
        said = {"kind": "dissuaded", "reason": "scam_suspected", "words": self.words.text("suspicion", 1000)}
        suspicion = self._post("teller", "/suspicions", {**said, "account_id": account})
        self.delay(account, suspicion["id"])
        self.stock()
        self.lists()
        self.cash(account)
        return self

    def customer_with_everything(self) -> str:
        """Create a customer with accounts, cards in every state, freezes and pending papers; return the account."""
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
        """Enter a customer's number under another name twice; record the finding about the first conflict."""
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
        """Claim a proposal; let its maker add a comment and a scan."""
        self._post("supervisor", f"/approvals/{approval_id}/claim", {}, 200)
        self._post("teller", f"/approvals/{approval_id}/comments", {"text": self.words.text("comment", 1000)}, 201)
        maker = caller_for(Principal.objects.get(name="teller"))
        perform(lambda: approvals.attach(UUID(approval_id), principal=maker, scan=self._scan()))

    def to_hand_out(self, account_id: str, asked: dict[str, str]) -> None:
        """Approve a card beyond the limit at the desk; its maker has not handed it out yet."""
        approval_id = self._wait(self._post("teller", f"/accounts/{account_id}/card-exceptions", asked))
        supervisor = caller_for(Principal.objects.get(name="supervisor"))
        decided, _ = perform(lambda: approvals.approve(UUID(approval_id), principal=supervisor))
        self._keep("exception_id", str(decided.object_id))
        self.secrets |= {each.number for each in Card.objects.filter(exception_id=decided.object_id)}

    def withdrawals(self, customer_id: str, name: str) -> None:
        """Approve a document and an external account, and request the withdrawal of both."""
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
            data = {"reason": self.words.text("withdrawal-reason", 1000)}
            self._wait(self._post("teller", f"/customers/{customer_id}/{place}/{made['id']}/withdrawals", data))

    def close_out(self) -> None:
        """Request the close-out of a customer who was penalized later."""
        customer_id, name, document = self.customer()
        own = self.account(customer_id)
        payment = self.account(customer_id, "III", kind="payment")
        self._post("teller", "/cash/deposits", {"account": {"account_id": payment}, "amount": "88.00"})
        declared = {"applicant": {"document": document}, "statement": "并非本人开立", "identified": "in_person"}
        not_opened = self.account(customer_id, "II")
        self._wait(self._post("teller", f"/accounts/{not_opened}/impostor-declarations", declared))
        subject = {"kind": "individual", "name": name, "document": document}
        certificate_id, approval = self.certificate(subjects=[subject])
        self.approve("compliance_2", approval)
        data = {"kind": "penalty", "about_id": certificate_id}
        letter = self._keep("letter_id", self._post("teller", f"/customers/{customer_id}/letters", data)["id"])
        teller = caller_for(Principal.objects.get(name="teller"))
        perform(lambda: print_letter(principal=teller, letter_id=UUID(letter), form=LetterForm.PDF))
        posted = {"way": "post", "tracking_number": "EA123456789CN"}
        self._post("compliance", f"/letters/{letter}/deliveries", posted)
        made = self._post("teller", f"/accounts/{payment}/close-outs", {"to_account_id": own})
        self._keep("close_out_id", made["id"])
        self._wait(made)

    def set_aside(self) -> None:
        """Set the money of an impostor's account aside, and propose to pay it to an account at another bank."""
        customer_id, _, document = self.customer()
        account = self.account(customer_id)
        self._post("teller", "/cash/deposits", {"account": {"account_id": account}, "amount": "66.00"})
        declared = {"applicant": {"document": document}, "statement": "并非本人开立", "identified": "in_person"}
        waiting = self._wait(self._post("teller", f"/accounts/{account}/impostor-declarations", declared))
        self.approve("supervisor", waiting)
        perform(
            lambda: ask_aside_payment(
                principal=caller_for(Principal.objects.get(name="teller")),
                account_id=UUID(account),
                to=AsideTarget("8888999900001111", "OTHERBANK", self.words.name()),
                amount_fen=66_00,
                authority=self.words.line("aside-authority", 100),
                order_no=self.words.line("aside-order", 100),
            )
        )

    def cash(self, account_id: str) -> None:
        """Open the teller's box, move cash in it, request acts by two persons.

        Called last: from then on all cash goes through the box.
        """
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
        data = {
            "principal": teller,
            "box_id": box.id,
            "counted_fen": 1,
            "reason": self.words.text("count-reason", 1000),
        }
        _, waits = perform(lambda: ask_count(**data))
        self._wait({"approval_id": str(waits.id)})

    def merge(self) -> None:
        """Request the merge of two customers."""
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
        """Create an organization with its account."""
        organization = {"kind": "organization", "name": self.words.name(), "document": factories.ORGANIZATION.document}
        made = self._post("teller", "/customers", organization)
        self._keep("customer_id", made["id"])
        self.account(made["id"], "none")

    def reviewed(self) -> None:
        """Create a customer whose identity check did not match and who was re-verified."""
        check = {"method": self.words.line("method", 40), "result": "photo_mismatch"}
        customer_id, _, _ = self.customer(identity_check=check)
        anew = {"identity_check": {"method": "联网核查", "result": "match"}}
        self._wait(self._post("teller", f"/customers/{customer_id}/reverifications", anew))

    def cleanup(self) -> None:
        """Start a campaign for the excess of a merge, request an action, record contacts."""
        words, ids = self.words, []
        for number, cards in (("H12340011", 4), ("H12340012", 1)):
            document = {"type": "hk_macau_permit", "number": number}
            body = {"kind": "individual", "name": words.name(), "document": document}
            ids.append(self._keep("customer_id", self._post("teller", "/customers", body)["id"]))
            account = self.account(ids[-1])
            for _ in range(cards):
                self.card(account)
        data = {"customer_id": ids[1], "decision": "same", "evidence": words.text("same-evidence", 1000)}
        self.approve("supervisor", self._wait(self._post("teller", f"/customers/{ids[0]}/same-person", data)))
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

    def transfers(self, account_id: str) -> None:
        """Create a transfer in each state."""
        held = self.transfer(account_id, "next_day")
        self.transfer(account_id, "ordinary")
        self.transfer(account_id, "real_time")
        self.transfer(account_id, "ordinary", amount="9999999.00", status=422)
        elsewhere = {"account_number": "8888777766665555", "bank_code": "OTHERBANK", "name": self.words.name()}
        self.transfer(account_id, "ordinary", payee=elsewhere, status=422)
        del held
        cancelled = self.transfer(account_id, "next_day")
        applicant = {"document": self.first_document}
        data = {"applicant": applicant, "reason": self.words.text("cancel-reason", 200)}
        self._post("teller", f"/transfers/{cancelled}/cancel", data)

    def delay(self, account_id: str, suspicion_id: str) -> None:
        """Propose to delay a held transfer."""
        transfer = Transfer.objects.get(pk=self.transfer(account_id, "next_day"))
        until = (transfer.due_at + timedelta(hours=1)).isoformat()
        data = {"until": until, "reason": self.words.text("delay-reason", 1000), "suspicion_id": suspicion_id}
        self._wait(self._post("compliance", f"/transfers/{transfer.id}/delays", data))

    def stock(self) -> None:
        """Upload and check stock files with one refused row; upload another import that is not read yet."""
        rows = (
            "customer_ref,kind,name,document_type,document_number",
            f"1,individual,{self.words.name()},resident_id,{self._document()['number']}",
            "2,individual,,resident_id,1",
        )
        sent = {"customers": SentFile("customers.csv", "\n".join(rows).encode())}
        clerk = factories.caller("supervisor")
        row, _ = perform(lambda: upload_stock(principal=clerk, files=sent, source=self.words.line("source", 120)))
        stage_uploaded(row.id)
        self._keep("import_id", str(row.id))
        later = {"customers": SentFile("customers.csv", "\n".join((rows[0], rows[1].replace("1,", "3,", 1))).encode())}
        perform(lambda: upload_stock(principal=clerk, files=later, source=""))
