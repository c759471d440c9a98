"""Opening at the counter as one operation: the customer, the results, and what a refusal leaves stored."""

from dataclasses import replace
from datetime import date

import pytest

from accounts.models import (
    Account,
    Card,
    Customer,
    Document,
    DocumentRenewal,
    IdentityCheck,
    IdentityConflict,
    LegalRepresentative,
)
from accounts.operations import particulars
from accounts.operations.counter_opening import (
    AccountOpened,
    AccountRefused,
    CounterOpening,
    KnownCustomer,
    identify,
    open_at_counter,
)
from accounts.operations.customer_search import find_by_phone
from accounts.operations.customers import NewCustomer, Representative
from accounts.operations.holders import Agent, lock_holder
from accounts.operations.identity_documents import CheckInput
from accounts.operations.particulars import PersonParticulars
from accounts.queries.opening_changes import OpeningEntry, changes_by_opening
from accounts.refusals.identity import IdentityConflicting
from accounts.refusals.opening import IdentityUnderReview
from accounts.vocabulary import AccountClass, AccountKind, CardProduct, CheckResult, CustomerKind
from accounts.vocabulary.particulars import Occupation, TaxResidency
from config.kernel.database.transactions import perform
from config.kernel.identity.documents import parse_document
from config.kernel.law.refusals import BadRequest, NotFound, Unfinished
from config.kernel.models import Decision
from config.kernel.requests.documents import DocumentInput
from config.kernel.vault.sealed import phone_key
from tests import factories
from tests.factories import DAY, LI, ORGANIZATION, ZHANG

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

METHOD = "联网核查"


@pytest.fixture
def teller():
    return factories.caller("teller")


def applicant(person=ZHANG, *, result=CheckResult.MATCH, **changed):
    fields = {
        "kind": person.kind,
        "name": person.name,
        "document": DocumentInput(person.type, person.number),
        "check": CheckInput(METHOD, result) if result else None,
    }
    return NewCustomer(**fields | changed)


def opening(holder, *, account_class=AccountClass.I, card=CardProduct.DEBIT, agent=None):
    return CounterOpening(holder, AccountKind.BANK, account_class, card, agent)


def read(person):
    return parse_document(person.type, person.number, on=DAY)


def carried_out(teller, asked):
    return perform(lambda: open_at_counter(principal=teller, opening=asked))


def counts():
    return Customer.objects.count(), IdentityCheck.objects.count(), Account.objects.count(), Card.objects.count()


def test_opening_registers_a_new_person_and_issues_a_card(teller):
    opened = carried_out(teller, opening(applicant()))
    customer, account, card = Customer.objects.get(), Account.objects.get(), Card.objects.get()
    assert isinstance(opened, AccountOpened)
    assert (opened.customer_id, opened.account_id, opened.card) == (customer.id, account.id, card)
    assert opened.card_refusal is None
    assert (card.account_id, account.customer_id, customer.status) == (account.id, customer.id, "active")
    assert IdentityCheck.objects.get().method == METHOD


def test_opening_without_a_requested_card_issues_none(teller):
    opened = carried_out(teller, opening(applicant(), card=None))
    assert (opened.card, opened.card_refusal) == (None, None)
    assert counts() == (1, 1, 1, 0)


@pytest.mark.parametrize("kind", ["resident_id", "household_register"])
def test_opening_for_the_customer_of_a_document_keeps_the_check(teller, zhang, kind):
    opened = carried_out(teller, opening(applicant(document=DocumentInput(kind, ZHANG.number))))
    assert opened.customer_id == zhang.id
    assert counts() == (1, 1, 1, 1)


def test_customer_found_before_is_not_checked_again(teller, zhang):
    opened = carried_out(teller, opening(KnownCustomer(zhang.id)))
    assert opened.customer_id == zhang.id
    assert counts() == (1, 0, 1, 1)


def test_holder_and_agent_are_locked_from_the_start(teller, zhang, monkeypatch):
    locked = []
    monkeypatch.setattr(particulars, "lock_holder", lambda *whom: locked.append(whom) or lock_holder(*whom))
    agent = Agent(LI.name, read(LI))
    entered = PersonParticulars("北京市东城区长安街1号", Occupation.CLERK, "CHN", TaxResidency.CHINA)
    carried_out(teller, replace(opening(KnownCustomer(zhang.id), agent=agent), particulars=entered))
    assert locked == [(zhang.id, agent)]


def test_an_unknown_id_opens_nothing(teller):
    with pytest.raises(NotFound):
        carried_out(teller, opening(KnownCustomer(factories.caller("supervisor").id)))


def test_new_representative_of_a_known_organization_is_kept(teller):
    for person in (ZHANG, ZHANG, LI):
        organization = applicant(ORGANIZATION, representative=Representative(person.name, read(person)))
        carried_out(teller, opening(organization, account_class=AccountClass.NONE, card=None))
    assert Customer.objects.get().kind == CustomerKind.ORGANIZATION
    assert [each.name for each in LegalRepresentative.objects.order_by("id")] == ["张三", "李四"]


def test_the_new_document_of_a_known_representative_is_kept(teller):
    for until in (None, date(2030, 1, 1), date(2030, 1, 1)):
        organization = applicant(ORGANIZATION, representative=Representative(ZHANG.name, read(ZHANG), until))
        carried_out(teller, opening(organization, account_class=AccountClass.NONE, card=None))
    assert [each.valid_until for each in LegalRepresentative.objects.order_by("id")] == [None, date(2030, 1, 1)]


PHONE, OTHER = "13800138000", "13900139000"


class TestExistingCustomer:
    def test_a_phone_is_kept_where_there_is_none_and_finds_the_customer(self, teller, zhang):
        carried_out(teller, opening(applicant(phone=PHONE)))
        zhang.refresh_from_db()
        assert zhang.phone == PHONE
        assert find_by_phone(PHONE).customer_ids == [zhang.id]
        decision = Decision.objects.get(kind="tell_particulars")
        assert (decision.customer_id, decision.principal_id, decision.facts) == (
            zhang.id,
            teller.id,
            {"told": ["phone"]},
        )
        carried_out(teller, opening(applicant(phone=PHONE), account_class=AccountClass.II, card=None))
        assert Decision.objects.filter(kind="tell_particulars").count() == 1

    @pytest.mark.parametrize("entered", [OTHER, None])
    def test_a_phone_on_record_stays(self, teller, entered):
        customer = factories.customer(ZHANG, phone=PHONE)
        carried_out(teller, opening(applicant(phone=entered)))
        customer.refresh_from_db()
        assert customer.phone == PHONE
        assert find_by_phone(OTHER).customer_ids == []
        assert not Decision.objects.filter(kind="tell_particulars").exists()

    @pytest.mark.parametrize(
        ("before", "shown", "after"),
        [
            (None, date(2030, 5, 5), date(2030, 5, 5)),
            (date(2026, 1, 4), date(2030, 5, 5), date(2030, 5, 5)),
            (date(2027, 1, 1), None, None),
            (date(2040, 1, 1), date(2030, 5, 5), date(2040, 1, 1)),
            (date(2030, 5, 5), date(2030, 5, 5), date(2030, 5, 5)),
        ],
        ids=["no end before", "expired before", "no end now", "sooner", "the same"],
    )
    def test_a_document_on_file_is_renewed_unless_it_would_end_sooner(self, teller, zhang, before, shown, after):
        factories.valid_until(zhang, before)
        entered = DocumentInput(ZHANG.type, ZHANG.number, valid_until=shown)
        opened = carried_out(teller, opening(applicant(document=entered)))
        assert isinstance(opened, AccountOpened)
        document = Document.objects.get()
        assert document.valid_until == after
        renewed = list(DocumentRenewal.objects.values_list("old_valid_until", "valid_until"))
        assert renewed == ([] if before == after else [(before, after)])
        assert Decision.objects.filter(kind="renew_document", outcome="allowed").count() == len(renewed)
        assert IdentityCheck.objects.count() == 1

    def test_a_permit_is_on_file_under_the_number_of_its_new_issue(self, teller):
        person = replace(ZHANG, type="hk_macau_permit", number="H1234567800")
        factories.customer(person)
        carried_out(teller, opening(applicant(person, document=DocumentInput(person.type, "H1234567801"))))
        assert DocumentRenewal.objects.get().number == "H1234567801"

    def test_a_document_that_is_not_on_file_is_not_added(self, teller, zhang):
        factories.valid_until(zhang, date(2030, 1, 1))
        entered = DocumentInput("household_register", ZHANG.number, valid_until=date(2050, 1, 1))
        carried_out(teller, opening(applicant(document=entered)))
        assert [(each.type, each.valid_until) for each in Document.objects.all()] == [("resident_id", date(2030, 1, 1))]

    def test_data_recorded_before_a_refusal_stays(self, teller, zhang):
        factories.account(zhang, "I")
        refused = carried_out(teller, opening(applicant(phone=PHONE)))
        assert isinstance(refused, AccountRefused)
        zhang.refresh_from_db()
        assert zhang.phone == PHONE

    def test_announced_changes_are_made_with_an_agent_too(self, teller, zhang):
        entered = DocumentInput(ZHANG.type, ZHANG.number, valid_until=date(2030, 5, 5))
        agent = Agent(LI.name, read(LI))
        carried_out(teller, opening(applicant(phone=PHONE, document=entered), agent=agent))
        zhang.refresh_from_db()
        assert (zhang.phone, Document.objects.get().valid_until) == (PHONE, date(2030, 5, 5))

    def test_announced_changes_are_made_or_nothing_is(self, teller):
        """Another counter has recorded a phone or registered the customer since the form was read back."""
        none = factories.customer(ZHANG)
        announced = changes_by_opening(none, OpeningEntry(ZHANG.name, read(ZHANG), phone=PHONE), DAY).mark
        none.phone, none.phone_index = OTHER, phone_key(OTHER)
        none.save()
        for mark in (announced, ""):
            with pytest.raises(Unfinished):
                carried_out(teller, replace(opening(applicant(phone=PHONE)), announced=mark))
        with pytest.raises(Unfinished):
            carried_out(teller, replace(opening(applicant(LI)), announced=announced))
        assert counts() == (1, 0, 0, 0)
        now = changes_by_opening(none, OpeningEntry(ZHANG.name, read(ZHANG), phone=PHONE), DAY).mark
        assert isinstance(carried_out(teller, replace(opening(applicant(phone=PHONE)), announced=now)), AccountOpened)


class TestRefusal:
    def test_another_name_leaves_the_attempt_and_nothing_else(self, teller, zhang):
        with pytest.raises(IdentityConflicting):
            carried_out(teller, opening(applicant(name="王五")))
        assert IdentityConflict.objects.get().name == "王五"
        assert counts() == (1, 0, 0, 0)

    def test_unchecked_known_customer_is_unchanged(self, teller, zhang):
        with pytest.raises(BadRequest) as raised:
            carried_out(teller, opening(applicant(result=None)))
        assert list(raised.value.fields) == ["check.result"]
        assert counts() == (1, 0, 0, 0)

    @pytest.mark.parametrize(
        ("result", "cause"), [(CheckResult.PHOTO_MISMATCH, "no_match"), (CheckResult.UNAVAILABLE, "unavailable")]
    )
    def test_check_without_a_match_leaves_a_known_customer_under_review(self, teller, zhang, result, cause):
        with pytest.raises(IdentityUnderReview) as raised:
            carried_out(teller, opening(applicant(result=result)))
        assert raised.value.fields == {"cause": cause}
        zhang.refresh_from_db()
        assert (zhang.status, IdentityCheck.objects.get().result) == ("in_review", result)
        assert counts() == (1, 1, 0, 0)
        kept = Decision.objects.get(kind="open_account")
        assert (kept.outcome, kept.code, kept.customer_id) == ("refused", "IDENTITY_UNDER_REVIEW", zhang.id)

    def test_a_check_that_does_not_match_leaves_a_new_person_under_review(self, teller):
        refused = carried_out(teller, opening(applicant(result=CheckResult.NOT_FOUND)))
        assert isinstance(refused, AccountRefused)
        assert (refused.customer_id, refused.refusal.code) == (Customer.objects.get().id, "IDENTITY_UNDER_REVIEW")
        assert Customer.objects.get().status == "in_review"
        assert counts() == (1, 1, 0, 0)

    def test_refused_account_leaves_customer_check_and_decision(self, teller, zhang):
        factories.account(zhang, "I")
        refused = carried_out(teller, opening(applicant()))
        assert (refused.customer_id, refused.refusal.code) == (zhang.id, "CLASS_I_EXISTS")
        assert counts() == (1, 1, 1, 0)
        assert Decision.objects.get(kind="open_account").outcome == "refused"

    def test_a_refused_card_leaves_the_account(self, teller, zhang):
        first = factories.account(zhang, "I")
        for _ in range(4):
            factories.card(first)
        opened = carried_out(teller, opening(applicant(), account_class=AccountClass.II))
        assert isinstance(opened, AccountOpened)
        assert opened.card is None
        assert opened.card_refusal.code == "DEBIT_CARD_LIMIT"
        assert Account.objects.filter(pk=opened.account_id, status="open").exists()
        kept = dict(Decision.objects.filter(kind__in=["open_account", "issue_card"]).values_list("kind", "outcome"))
        assert kept == {"open_account": "allowed", "issue_card": "refused"}

    def test_agent_equal_to_the_holder_leaves_no_row(self, teller):
        with pytest.raises(BadRequest) as raised:
            carried_out(teller, opening(applicant(), agent=Agent(ZHANG.name, read(ZHANG))))
        assert list(raised.value.fields) == ["agent"]
        assert counts() == (0, 0, 0, 0)

    def test_a_document_of_another_kind_of_customer_leaves_nothing(self, teller):
        with pytest.raises(BadRequest) as raised:
            carried_out(teller, opening(applicant(kind=CustomerKind.ORGANIZATION)))
        assert list(raised.value.fields) == ["document.type"]
        assert counts() == (0, 0, 0, 0)


def test_identifying_names_the_customer_and_writes_nothing(teller, zhang):
    assert perform(lambda: identify(principal=teller, new=applicant())) == zhang.id
    assert perform(lambda: identify(principal=teller, new=applicant(LI))) is None
    assert counts() == (1, 0, 0, 0)
    assert not Decision.objects.exists()
