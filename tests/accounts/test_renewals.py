"""Renewal of a document: the new validity counts from then on, the former one stays on record."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from accounts.models import Document, DocumentRenewal, IdentityCheck
from accounts.policy.identity import RenewalFacts, check_renewal
from accounts.refusals.identity import DocumentNotOnFile
from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from config.kernel.identity.faults import DocumentError
from config.kernel.models import Decision
from tests import factories
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.factories import LI, ORGANIZATION, ZHANG
from tests.http import code

OLD, NEW = date(2026, 1, 4), date(2046, 1, 4)
DAY = timedelta(days=1)
PERMIT = {"type": "hk_macau_permit", "number": "H1234567801"}


def renew(teller, customer, document=ZHANG.document, *, valid_until="2046-01-04", result="match", **more):
    body = {
        "document": document | {"valid_until": valid_until},
        "identity_check": {"method": "联网核查", "result": result},
    }
    return teller.post(f"/customers/{customer.id}/documents/renewals", body, **more)


def open_for(teller, customer, account_class="I"):
    return teller.post("/accounts", {"customer_id": str(customer.id), "kind": "bank", "account_class": account_class})


class TestRule:
    @pytest.mark.parametrize(
        ("on_file", "shown"),
        [
            pytest.param(OLD, OLD, id="285-6-at"),
            pytest.param(OLD, OLD + DAY, id="285-6-above"),
            pytest.param(OLD, None, id="285-6-no-end"),
            pytest.param(None, OLD, id="285-6-an-end-nobody-asked-for"),
            pytest.param(None, None, id="285-6-still-none"),
        ],
    )
    def test_new_validity_is_equal_or_longer(self, on_file, shown):
        check_renewal(RenewalFacts(True, on_file, shown))

    def test_shorter_validity_is_refused(self):
        with pytest.raises(DocumentError) as refused:
            check_renewal(RenewalFacts(True, OLD, OLD - DAY))
        assert refused.value.field == "valid_until"

    def test_document_not_on_file_is_not_renewed(self):
        with pytest.raises(DocumentNotOnFile):
            check_renewal(RenewalFacts(False, None, NEW))


def test_the_new_validity_counts_and_the_old_one_stays_on_record(teller, zhang):
    factories.valid_until(zhang, OLD)
    assert code(open_for(teller, zhang)) == (422, "DOCUMENT_EXPIRED")
    answer = renew(teller, zhang)
    assert answer.status_code == 200, answer.content.decode()
    (shown,) = answer.json()["documents"]
    assert (answer.json()["id"], answer.json()["status"]) == (str(zhang.id), "active")
    assert (shown["valid_until"], shown["number"]) == ("2046-01-04", "110105********002X")
    row = DocumentRenewal.objects.get()
    assert (row.old_valid_until, row.valid_until, row.nth, row.at) == (OLD, NEW, 1, NOON)
    assert (row.principal_id, row.number) == (teller.principal.id, ZHANG.number)
    assert IdentityCheck.objects.get().result == "match"
    assert open_for(teller, zhang).status_code == 201
    kept = Decision.objects.get(kind="renew_document")
    assert (kept.outcome, kept.customer_id, kept.object_id) == ("allowed", zhang.id, row.id)
    assert kept.facts == {
        "document_type": "resident_id",
        "old_valid_until": "2026-01-04",
        "valid_until": "2046-01-04",
        "check_result": "match",
    }


def test_renewals_follow_each_other(teller, zhang):
    for day in ("2030-01-01", "2035-01-01", None, "2036-01-01"):
        assert renew(teller, zhang, valid_until=day).status_code == 200
    found = list(DocumentRenewal.objects.order_by("nth").values_list("nth", "old_valid_until", "valid_until"))
    assert [each for each, _, _ in found] == [1, 2, 3, 4]
    assert [before for _, before, _ in found[1:]] == [now for _, _, now in found[:-1]]
    assert Document.objects.get().valid_until == date(2036, 1, 1)


@pytest.mark.parametrize(
    ("valid_until", "status"), [("2026-01-04", 400), ("2026-01-05", 200), ("2026-01-06", 200), (None, 200)]
)
def test_an_expired_document_is_no_renewal(teller, zhang, valid_until, status):
    answer = renew(teller, zhang, valid_until=valid_until)
    assert answer.status_code == status
    if status == 400:
        assert list(answer.json()["fields"]) == ["document.valid_until"]
        assert not DocumentRenewal.objects.exists()


@pytest.mark.parametrize(("valid_until", "status"), [("2029-12-31", 400), ("2030-01-01", 200), ("2030-01-02", 200)])
def test_renewal_with_an_earlier_end_than_the_one_on_file_is_refused(teller, zhang, valid_until, status):
    factories.valid_until(zhang, date(2030, 1, 1))
    answer = renew(teller, zhang, valid_until=valid_until)
    assert answer.status_code == status
    if status == 400:
        assert list(answer.json()["fields"]) == ["document.valid_until"]
        assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"document": ZHANG.document}, "document.valid_until"),
        ({"document": ZHANG.document | {"valid_until": "2046-02-30"}}, "document.valid_until"),
        ({"document": ZHANG.document | {"valid_until": "2046-01-04", "number": "110105194912310021"}}, "document.number"),
        ({"document": ZHANG.document | {"valid_until": "2046-01-04"}, "identity_check": None}, "identity_check"),
        ({"document": ZHANG.document | {"valid_until": "2046-01-04"}, "identity_check": {"method": "x"}}, "identity_check.result"),
    ],
    ids=["validity-left-out", "no-day", "check-digit", "no-check", "no-result"],
)  # fmt: skip
def test_missing_or_wrong_field_is_named(teller, zhang, body, field):
    body = {"identity_check": {"method": "联网核查", "result": "match"}} | body
    answer = teller.post(f"/customers/{zhang.id}/documents/renewals", body)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])


@pytest.mark.parametrize(
    "document",
    [LI.document, {"type": "temporary_id", "number": ZHANG.number}, ORGANIZATION.document],
    ids=["anothers", "another-type", "a-units"],
)
def test_a_document_that_is_not_on_file_is_not_found(teller, zhang, li, document):
    answer = renew(teller, zhang, document)
    assert code(answer) == (404, "DOCUMENT_NOT_FOUND")
    assert Decision.objects.get(kind="renew_document").code == "DOCUMENT_NOT_FOUND"
    assert not DocumentRenewal.objects.exists()
    assert not IdentityCheck.objects.exists()


def test_renewal_of_a_document_pending_approval_is_refused(teller, zhang):
    passport = {"type": "passport", "number": "X1234567", "country": "GBR"}
    assert teller.post(f"/customers/{zhang.id}/documents", {"document": passport}).status_code == 201
    assert code(renew(teller, zhang, passport)) == (404, "DOCUMENT_NOT_FOUND")


def test_an_unknown_customer_is_not_found(teller, zhang):
    for nobody in (new_id(), "x"):
        answer = teller.post(
            f"/customers/{nobody}/documents/renewals",
            {
                "document": ZHANG.document | {"valid_until": None},
                "identity_check": {"method": "联网核查", "result": "match"},
            },
        )
        assert code(answer) == (404, "NOT_FOUND")


@pytest.mark.parametrize("result", ["void_document", "photo_mismatch", "unavailable"])
def test_a_check_that_fails_keeps_the_renewal_and_puts_the_customer_under_review(teller, zhang, result):
    factories.valid_until(zhang, OLD)
    answer = renew(teller, zhang, result=result)
    assert (answer.status_code, answer.json()["status"]) == (200, "in_review")
    assert (Document.objects.get().valid_until, IdentityCheck.objects.get().result) == (NEW, result)
    assert code(open_for(teller, zhang)) == (422, "IDENTITY_UNDER_REVIEW")
    assert renew(teller, zhang).json()["status"] == "in_review", "a renewal re-verifies nobody"


@pytest.mark.parametrize(
    ("first", "second"),
    [(PERMIT, "H1234567802"), ({"type": "taiwan_permit", "number": "1234567801"}, "1234567802")],
    ids=["hk-macau", "taiwan"],
)
def test_renewed_permit_is_the_same_document_with_another_number(teller, noon, first, second):
    body = {"kind": "individual", "name": "陈七", "document": first}
    made = teller.post("/customers", body).json()
    customer = Document.objects.get(customer_id=made["id"]).customer
    renewed = renew(teller, customer, first | {"number": second})
    assert renewed.status_code == 200, renewed.content.decode()
    assert DocumentRenewal.objects.get().number == second
    assert Document.objects.get().number == first["number"], "the first number stays"
    (shown,) = renewed.json()["documents"]
    assert shown["number"].endswith("02")
    for each in (first["number"], second):
        found = teller.post("/customers/lookup", {"document": first | {"number": each}})
        assert found.json()["id"] == made["id"]


def test_an_organizations_licence_is_renewed_too(teller, organization):
    factories.valid_until(organization, OLD)
    assert renew(teller, organization, ORGANIZATION.document, valid_until=None).status_code == 200
    assert open_for(teller, organization, "none").status_code == 201


def test_nothing_of_it_holds_personal_data(teller, zhang):
    renew(teller, zhang)
    assert ZHANG.number not in str([row.facts for row in Decision.objects.all()])
    assert ZHANG.number not in str(rows("SELECT * FROM accounts_documentrenewal"))


class TestDatabaseGuards:
    def renewal(self, document, **changes):
        row = DocumentRenewal(
            **{
                "id": new_id(), "document": document, "nth": 1, "old_valid_until": None, "valid_until": NEW,
                "at": NOON, "principal_id": factories.caller("teller").id,
            } | changes
        )  # fmt: skip
        row.number = "x"
        row.save(force_insert=True)

    def renewed(self, document, **changes):
        """Renew without the operations: write the row and the document's new validity."""
        self.renewal(document, **changes)
        values = {"valid_until": NEW, "renewal_count": 1} | {
            name: value for name, value in changes.items() if name == "valid_until"
        }
        Document.objects.filter(pk=document.pk).update(**values)

    @pytest.mark.parametrize(
        "change",
        [
            {"valid_until": NEW},
            {"valid_until": None, "renewal_count": 1},
            {"valid_until": NEW, "renewal_count": 1},
            {"renewal_count": 1},
        ],
        ids=str,
    )
    def test_the_validity_changes_with_a_renewal_alone(self, zhang, change):
        factories.valid_until(zhang, OLD)
        with refused_by("document_validity_by_renewal"):
            Document.objects.update(**change)

    def test_a_renewal_counts_once_and_in_order(self, zhang):
        document = zhang.documents.get()
        with transaction.atomic():
            self.renewed(document)
        for change in ({"valid_until": None, "renewal_count": 0}, {"valid_until": None}, {"renewal_count": 2}):
            with refused_by("document_validity_by_renewal"):
                Document.objects.update(**change)

    def test_renewal_names_the_former_validity(self, zhang):
        factories.valid_until(zhang, OLD)
        with refused_by("document_validity_by_renewal"):
            self.renewed(zhang.documents.get(), old_valid_until=OLD - DAY)

    def test_no_document_begins_as_renewed(self, zhang):
        document = zhang.documents.get()
        with refused_by("document_validity_by_renewal"):
            Document.objects.create(
                customer=zhang, type="passport", country="GBR", number="X1", identity_key=b"x" * 32,
                status="pending", created_at=NOON, renewal_count=document.renewal_count + 1,
            )  # fmt: skip

    def test_renewal_agrees_with_its_document(self, zhang):
        with refused_by("document_renewal_counts"):
            self.renewal(zhang.documents.get())
            rows("SET CONSTRAINTS document_renewal_counts IMMEDIATE")

    def test_renewals_of_a_document_have_unique_numbers(self, zhang):
        document = zhang.documents.get()
        self.renewed(document)
        with refused_by("document_renewal_once"):
            self.renewal(document, old_valid_until=NEW)

    def test_shorter_validity_is_refused(self, zhang):
        with refused_by("document_renewal_not_shorter"):
            self.renewal(zhang.documents.get(), old_valid_until=NEW + DAY)

    @pytest.mark.owner
    def test_renewal_is_neither_changed_nor_deleted(self, zhang):
        self.renewed(zhang.documents.get())
        for change in ("UPDATE accounts_documentrenewal SET nth = 2", "DELETE FROM accounts_documentrenewal"):
            with refused_by("accounts_documentrenewal_append_only"):
                rows(change)
