"""A code has the same word on every list, filter, page, timeline and export, and in the back office."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.db.models import F

from accounts.models import Card
from accounts.refusals.opening import CardState
from accounts.vocabulary import CardStatus
from blacklist.models import Certificate
from blacklist.operations.registration import register_certificate
from blacklist.operations.revocations import RevocationDraft, request_revocation
from blacklist.vocabulary import AuthorityLevel, CertificateStatus
from config.frames.desk.labels import value_word
from config.kernel import approvals
from config.kernel.database.clock import bank_now
from config.kernel.models import Decision
from config.kernel.trail.decisions import deciding
from config.kernel.trail.evidence import decided, proposed
from tests import factories
from tests.back_office import address, listing
from tests.blacklist.cast import draft, latest_approval
from tests.clock import NOON, Clock
from tests.database_refusals import past_the_guards
from tests.desk.pages import english, text_of
from tests.desk.test_rejections import rows_of
from tests.transfers.factories import end, held
from transfers.models import Event, Transfer
from transfers.vocabulary import TransferStatus

pytestmark = pytest.mark.django_db

LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])
ENDS = {
    "posted": {"settled_at": F("due_at"), "ended_at": F("due_at")},
    "cancelled": {"ended_at": NOON},
    "returned": {"outcome_code": "ACCOUNT_CLOSED", "ended_at": F("due_at")},
}


def ended(status: str, noon: Clock) -> Transfer:
    """Return a transfer in a status, with its last step and the decision behind it."""
    payer = factories.account(factories.customer(factories.ZHANG), balance_fen=100_000)
    if status == "refused":
        transfer = Transfer.objects.create(
            status=status, channel="atm", amount_fen=100, payer_account=payer, payee_account_number="6222000011112222",
            accepted_at=NOON, ended_at=NOON, outcome_code="CARD_NOT_ACTIVE", made_by_id=factories.caller("atm").id,
        )  # fmt: skip
        Event.objects.create(transfer=transfer, at=NOON, new_status=status)
    else:
        # The word of a transfer posted to another bank differs (已转出).
        payee = factories.account(factories.customer(factories.LI))
        transfer = held(payer, payee, due_at=NOON + timedelta(hours=1))[0]
    if status in ENDS:
        noon.set(transfer.due_at)
        end(transfer, status, **ENDS[status])
        noon.set(NOON)
        Event.objects.create(transfer=transfer, at=NOON, old_status="held", new_status=status)
    with deciding("cancel_transfer", principal=factories.caller("teller"), at=NOON, object_id=transfer.id) as decision:
        decision.facts = {"status": status}
    return Transfer.objects.get(pk=transfer.pk)


def exported(auditor, name: str, **filters: str) -> list[list[str]]:
    body = b"".join(auditor.post("/desk/exports", {"list": name, "format": "csv"} | filters).streaming_content)
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))[1:]


@LANGUAGES
@pytest.mark.parametrize("status", TransferStatus)
def test_status_of_a_transfer_has_one_word_everywhere(noon, signed_in, staff, status, language):
    transfer = ended(status, noon)
    word = status.text.in_language(language)
    teller, auditor, office = signed_in("teller"), signed_in("auditor"), staff("auditor")
    if language == "en":
        teller, auditor, office = english(teller), english(auditor), english(office)

    page = text_of(teller.get(f"/desk/transfers/{transfer.id}"))
    assert f'-lt ms-2">{word}</span>' in page
    assert word in text_of(teller.get(f"/desk/transfers/{transfer.id}/slip"))
    page = text_of(auditor.get("/desk/events", {"status": status}))
    assert f'<option value="{status}" selected>{word}</option>' in page
    assert word in rows_of(page.split("<tbody>")[1], "td")[4]
    assert [row[7] for row in exported(auditor, "events", status=status)] == [word]
    decision = Decision.objects.get(kind="cancel_transfer")
    assert f">{word}</dd>" in text_of(auditor.get(f"/desk/decisions/{decision.id}"))
    assert exported(auditor, "decisions", kind="cancel_transfer")[0][-1].endswith(f": {word}")
    page = text_of(office.get(listing(Transfer), {"status__exact": status}))
    assert f">{word}</a>" in page
    assert word in page.split("<tbody>")[1]
    assert word in text_of(office.get(address(transfer)))
    assert word in text_of(office.get(listing(Event))).split("<tbody>")[1]


def registered(status: str) -> Certificate:
    """Return a certificate in a status."""
    officer, other = factories.caller("compliance"), factories.caller("compliance", "other")
    places = {"level": AuthorityLevel.DISTRICT_BRANCH, "region_code": "110105"} if status == "manual_review" else {}
    made, _ = register_certificate(principal=officer, draft=draft(**places), at=bank_now())
    if status == "rejected":
        approvals.reject(latest_approval().id, principal=other, reason="不符")
    if status in {"in_force", "revoked"}:
        approvals.approve(latest_approval().id, principal=other)
    if status == "revoked":
        revocation = RevocationDraft("撤1", date(2026, 1, 4), "认定有误")
        request_revocation(principal=officer, certificate_id=made.id, draft=revocation, at=bank_now())
        approvals.approve(latest_approval().id, principal=other)
    return Certificate.objects.get(pk=made.id, status=status)


@LANGUAGES
@pytest.mark.parametrize("status", CertificateStatus)
def test_status_of_a_certificate_has_one_word_everywhere(noon, signed_in, staff, status, language):
    certificate = registered(status)
    word = status.text.in_language(language)
    officer, office = signed_in("compliance"), staff("auditor")
    if language == "en":
        officer, office = english(officer), english(office)

    page = text_of(officer.get("/desk/certificates", {"status": status}))
    assert f'<option value="{status}" selected>{word}</option>' in page
    assert f"{word}</span>" in page.split("<tbody>")[1]
    assert f"{word}</span>" in text_of(officer.get(f"/desk/certificates/{certificate.id}"))
    page = text_of(office.get(listing(Certificate), {"status__exact": status}))
    assert f">{word}</a>" in page
    assert word in page.split("<tbody>")[1]
    for scope in (*proposed("certificate"), *decided("certificate")):
        assert value_word("status", status, scope) == str(status.text)


@pytest.mark.parametrize("status", CardStatus)
def test_status_of_a_card_has_one_word_everywhere(noon, signed_in, staff, status):
    account = factories.account(factories.customer(factories.ZHANG))
    factories.card(account, number="6228480000000005")
    with past_the_guards("accounts_card"):
        Card.objects.update(status=status, cancelled_at=NOON if status == "cancelled" else None)
    word = status.text.zh

    assert f"{word}</span>" in text_of(signed_in("teller").get(f"/desk/accounts/{account.id}")) or status == "cancelled"
    page = text_of(staff("auditor").get(listing(Card), {"status__exact": status}))
    assert f">{word}</a>" in page
    assert word in page.split("<tbody>")[1]
    assert word in CardState(card_status=status.value).detail("zh")
    assert value_word("card_status", status) == word


def test_equal_codes_of_different_vocabularies_have_their_own_words():
    assert value_word("status", "active", *decided("reverification")) == "正常"
    assert value_word("status", "active", *proposed("reverification")) == "已生效"
    assert value_word("status", "refused", *decided("cancel_transfer")) == "未受理"
    assert value_word("doc_no", "refused", *decided("certificate")) == "refused"
