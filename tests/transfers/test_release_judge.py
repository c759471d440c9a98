"""Each transfer of a batch is judged as it would be alone."""

import random
from datetime import timedelta

import pytest

from accounts.models import Freeze
from accounts.policy.facts import AccountStanding
from accounts.queries import parties
from accounts.vocabulary import AccountClass, AccountKind, AccountStatus, Channel
from config.kernel.database.sql import ask, rows
from config.kernel.law.refusals import Ruled
from tests import factories
from tests.clock import NOON
from tests.listings import certify
from tests.transfers.conftest import pay_in
from tests.transfers.factories import clearing, held
from transfers.models import Transfer
from transfers.operations import release as release_one
from transfers.operations.release import Released, release_due
from transfers.policy.release import ReleaseFacts, check_release
from transfers.vocabulary import ReleasedBy

CHANNELS = ("atm", "online", "counter")
OPEN, CLOSED = (
    AccountStanding(kind=AccountKind.BANK, account_class=AccountClass.I, status=status)
    for status in (AccountStatus.OPEN, AccountStatus.CLOSED)
)


def release(**more):
    return release_due(released_by=ReleasedBy.CELERY, **more)


def alone(transfer):
    """Return the refusal code for one transfer judged alone; empty if it would be posted."""
    ids = [each for each in (transfer.payer_account_id, transfer.payee_account_id) if each]
    outside = (
        {bytes(transfer.payee_key): (transfer.payee_number, transfer.payee_bank_code)}
        if transfer.payee_bank_code
        else {}
    )
    refs = ask(parties.by_ids(ids))
    locked = parties.lock_parties(refs, lock=ids, outside=outside)
    payee = locked.parties[transfer.payee_account_id] if transfer.payee_account_id else None
    try:
        check_release(
            ReleaseFacts(
                payer=locked.parties[transfer.payer_account_id],
                payee=payee,
                channel=Channel(transfer.channel),
                is_case_account=bool(locked.outside_case_accounts),
            )
        )
    except Ruled as refusal:
        return refusal.code
    return ""


@pytest.fixture
def crowd(noon, zhang, li, wang, organization):
    """Accounts in every state that a release can meet, with money."""
    bank, payment = factories.account(zhang, "I"), factories.account(zhang, "III", "payment")
    case, other = factories.account(li, "I"), factories.account(li, "II")
    reverified = factories.account(factories.customer(), "II")
    frozen, freezing, thawed = (factories.account(wang, "II") for _ in range(3))
    plain = [factories.account(factories.customer(), class_) for class_ in ("I", "II", "III") for _ in range(3)]
    every = [bank, payment, case, other, reverified, frozen, freezing, thawed, factories.account(organization), *plain]
    for account in every:
        pay_in(account, 1_000_000)
    for account, until in ((frozen, None), (freezing, NOON + timedelta(hours=1)), (thawed, NOON)):
        placed = NOON - timedelta(days=1)
        Freeze.objects.create(account=account, authority="法院", order_no="1", placed_at=placed, until=until)
    certify(factories.ZHANG)
    case_accounts = [
        {"account_number": case.account_number},
        {"account_number": reverified.account_number},
        {"account_number": "6222000011112222", "bank_code": "OTHERBANK"},
    ]
    certify(case_accounts=case_accounts)
    factories.reverified(reverified.customer)
    return every


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_each_of_a_crowd_ends_as_it_would_alone(noon, crowd, seed):
    chance = random.Random(seed)
    numbers = ("6222000011112222", "6222000011113333")
    for _ in range(120):
        payer, payee = chance.sample([*crowd, clearing(), clearing("THIRDBANK")], 2)
        if payer in crowd:
            held(
                payer,
                payee,
                channel=chance.choice(CHANNELS),
                due_at=NOON,
                payee_account_number=chance.choice(numbers),
            )
    every = list(Transfer.objects.all())
    expected = {transfer.id: alone(transfer) for transfer in every}
    counts = release()
    assert counts.parked == 0
    found = dict(Transfer.objects.values_list("id", "outcome_code"))
    assert found == expected
    assert (counts.claimed, counts.returned) == (len(every), sum(1 for code in expected.values() if code))
    codes = set(expected.values())
    assert codes >= {
        "",
        "ACCOUNT_FROZEN",
        "CASE_ACCOUNT_STOPPED",
        "NON_COUNTER_SUSPENDED",
        "PAYMENT_BUSINESS_SUSPENDED",
    }


@pytest.mark.django_db
def test_an_account_that_is_closed_is_judged_although_nothing_marks_it(noon, payer, payee):
    transfers = held(payer, payee, count=3, due_at=NOON)
    rows("UPDATE accounts_account SET status = 'closed', closed_at = %s WHERE id = %s", [NOON, payee.id])
    assert release() == Released(claimed=3, returned=3)
    assert {each.outcome_code for each in Transfer.objects.all()} == {"ACCOUNT_CLOSED"}
    assert len(transfers) == 3


@pytest.mark.django_db
def test_the_rule_is_asked_of_every_combination_not_of_every_transfer(noon, payer, payee, monkeypatch):
    held(payer, payee, count=50, due_at=NOON)
    held(payer, clearing(), count=50, due_at=NOON)
    asked = []

    def counted(facts):
        asked.append((facts.payer, facts.payee, facts.channel))
        check_release(facts)

    monkeypatch.setattr(release_one, "check_release", counted)
    assert release() == Released(claimed=100, posted=100)
    assert asked == [(OPEN, None, Channel.ATM), (OPEN, OPEN, Channel.ATM)]


def test_a_standing_that_is_refused_on_either_side_is_left_to_be_judged_alone():
    assert release_one._refusing([OPEN, CLOSED], (Channel.ATM,)) == [CLOSED]
    assert release_one._refusing([CLOSED], (Channel.ATM,)) == [CLOSED]
    assert release_one._refusing([OPEN], (Channel.ATM, Channel.COUNTER)) == []
