"""The papers of a town: certificates in every state, an appeal, lists of certificates."""

from typing import Any
from uuid import UUID

from blacklist.appeals.operations.recording import attach_scan
from blacklist.appeals.vocabulary import AppealPaper
from blacklist.imports.operations import stage_uploaded as stage_list
from blacklist.imports.operations import upload_list
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from config.kernel.intake.tables.uploaded_files import SentFile
from config.kernel.models import Principal
from tests import factories
from tests.blacklist.lists import person, registered, written
from tests.browser.town_making import Making
from tests.people import caller_for

DAY = "2026-01-01"


class Papers(Making):
    """Enters certificates and lists as a compliance officer does."""

    def certificate(self, level: str = "prefecture", **more: Any) -> tuple[str, str]:
        """Enter a certificate about an unknown person; return its id and that of its approval."""
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
        """Put a certificate in force and revoke it; leave the revocation of another one pending."""
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
        """Revoke one of two case accounts of a certificate."""
        accounts = [
            {"account_number": number, "bank_code": "OTHERBANK"} for number in ("7777000011112222", "7777000011113333")
        ]
        certificate, approval = self.certificate(category="CASE_ACCOUNT", subjects=[], case_accounts=accounts)
        self.approve("compliance_2", approval)
        revocation = {"doc_no": self.words.line("part-no", 100), "revoked_on": "2026-01-04", "reason": "x"}
        address = f"/blacklist/certificates/{certificate}/case-accounts/1/revocations"
        self.approve("compliance_2", self._wait(self._post("compliance", address, revocation)))

    def certificate_corrected(self) -> None:
        """Correct the day of a certificate; leave the correction of another one pending."""
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
        kept = perform(lambda: attach_scan(principal=officer, scan=self._scan(), **about))
        self._keep("scan_id", str(kept.id))

    def certificate_rejected(self) -> None:
        """Reject a certificate with a reason."""
        _, approval = self.certificate()
        self._post("compliance_2", f"/approvals/{approval}/reject", {"reason": self.words.text("rejection", 1000)})

    def case_account(self) -> None:
        """Put the certificate of a case account in force."""
        accounts = [{"account_number": "8888777766665555", "bank_code": "OTHERBANK"}]
        _, approval = self.certificate(category="CASE_ACCOUNT", subjects=[], case_accounts=accounts)
        self.approve("compliance_2", approval)

    def lists(self) -> None:
        """Register a list and request its undoing; stage one with a refused row; upload one that is not read yet."""
        number = self._document()["number"]
        rows = person(number, self.words.name(), doc_no="名单1号"), person("1", self.words.name(), doc_no="名单2号")
        officer = factories.caller("compliance")
        first = SentFile("first.csv", written(person(number, self.words.name(), doc_no="名单0号")))
        row, _ = perform(lambda: upload_list(principal=officer, sent=first))
        stage_list(row.id)
        registered(row, officer, factories.caller("compliance", "second"))
        undo = {"doc_no": self.words.line("undo-no", 90), "reason": self.words.text("undo-reason", 1000)}
        self._wait(self._post("compliance", f"/blacklist/imports/{row.id}/undo", undo))
        self._keep("list_id", str(row.id))
        sent = SentFile(f"{self.words.line('source', 100)}.csv", written(*rows))
        row, _ = perform(lambda: upload_list(principal=officer, sent=sent))
        stage_list(row.id)
        self._keep("list_id", str(row.id))
        later = SentFile("later.csv", written(person(number, self.words.name(), doc_no="名单3号")))
        perform(lambda: upload_list(principal=officer, sent=later))
