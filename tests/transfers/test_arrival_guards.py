"""The database derives when a transfer at a machine may arrive from its rows; wrong plain SQL is refused by name."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import Entry, ExternalAccount
from accounts.vocabulary import Channel
from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from tests import factories
from tests.accounts.test_posting_guards import settle
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.transfers.conftest import money
from tests.transfers.factories import DAY, clearing, held, payee_columns
from transfers.models import Transfer
from transfers.policy.acceptance import REGIMES, Exempt, first_instant, regime_at
from transfers.vocabulary import AS_CHOSEN, AT_MACHINES, AtmProfile

pytestmark = pytest.mark.django_db

TICK = timedelta(microseconds=1)
OUTSIDE = ("6222000011112222", "ICBC")
REGIME = "transfer_arrives_as_its_regime_says"
RULE = "transfer_rule_fits_channel"
FIRST_DAY = datetime(2016, 11, 30, 16, tzinfo=UTC)


def at_once(payer, payee=None, rule: str = "ATM_OWN_ACCOUNT", *, write: bool = True, **more: Any) -> Transfer:
    """Write a transfer posted on acceptance, by default to another bank.

    :param write: False to build the row without saving it.
    """
    at = more.pop("accepted_at", NOON)
    number, bank = more.pop("outside", OUTSIDE)
    payee_fields = payee_columns(payee or clearing(bank.upper()), number)
    columns = {
        "id": new_id(), "status": "posted", "channel": "atm", "amount_fen": 100, "payer_account_id": payer.id,
        "payee_account_id": payee and payee.id, "payee_internal_id": None if payee else clearing(bank.upper()).id,
        "payee_bank_code": "" if payee else bank, **payee_fields,
        "accepted_at": at, "due_at": at, "settled_at": at, "ended_at": at, "same_holder": rule == "ATM_OWN_ACCOUNT",
        "rule_code": rule, "rule_profile": "NOTICE_2016", "made_by_id": factories.caller("atm").id, **more,
    }  # fmt: skip
    made = Transfer(**columns)
    return Transfer.objects.bulk_create([made])[0] if write else made


def own_elsewhere(customer, at: datetime = NOON - DAY, **more: Any) -> ExternalAccount:
    made = factories.external_account(
        customer, *OUTSIDE, **{"asked_at": at, "status": "active", "in_force_at": at} | more
    )
    if made.status == "active":
        factories.approved("external_account", made, at=at)
    return made


def delayed(payer, payee, *, write: bool = True) -> Transfer:
    return at_once(
        payer, payee, "ATM_24_HOURS", same_holder=False, hold_seconds=86_400, status="held", due_at=NOON + DAY,
        settled_at=None, ended_at=None, write=write,
    )  # fmt: skip


@pytest.fixture
def own(zhang, payer):
    return factories.account(zhang, "II")


@pytest.fixture
def company(organization):
    return factories.account(organization, balance_fen=1_000)


# --- to whom ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", [each for each in AT_MACHINES if each != "ATM_24_HOURS"])
@pytest.mark.parametrize("same_holder", [True, False])
def test_no_label_lets_money_to_a_stranger_go_at_once(payer, payee, rule, same_holder):
    with refused_by(REGIME):
        at_once(payer, payee, rule, same_holder=same_holder)
    with refused_by(REGIME):
        at_once(payer, None, rule, same_holder=same_holder)


@pytest.mark.parametrize("rule", AS_CHOSEN)
def test_no_rule_of_another_channel_is_a_machines(payer, own, rule):
    with refused_by(RULE):
        at_once(payer, own, rule)
    at_once(payer, own, rule, channel="counter", same_holder=True)


@pytest.mark.parametrize("rule", AT_MACHINES)
@pytest.mark.parametrize("channel", [each for each in Channel if each is not Channel.ATM])
def test_no_rule_of_a_machine_is_another_channels(payer, own, rule, channel):
    with refused_by(RULE):
        more = (
            {"hold_seconds": 86_400, "due_at": NOON + DAY, "settled_at": NOON + DAY, "ended_at": NOON + DAY}
            if rule == "ATM_24_HOURS"
            else {}
        )
        at_once(payer, own, rule, channel=channel, **more)


def test_own_account_at_this_bank_is_known_by_its_row(payer, own, payee):
    with refused_by(REGIME):
        at_once(payer, payee, same_holder=True)
    at_once(payer, own)


@pytest.mark.parametrize(
    "change", [{"same_holder": False}, {"rule": "ATM_ORGANIZATION"}, {"rule": "ATM_BEFORE_RULE"}], ids=str
)
def test_an_own_account_is_called_one(payer, own, change):
    with refused_by(REGIME):
        at_once(payer, own, **{"same_holder": True} | change)


def test_a_transfer_to_an_own_account_is_not_called_delayed(payer, own, payee):
    with refused_by(REGIME):
        delayed(payer, own)
    delayed(payer, payee)


@pytest.mark.parametrize("change", [{"same_holder": True}, {"rule_profile": ""}], ids=str)
def test_delayed_transfer_has_no_other_rule(payer, payee, change):
    (transfer,) = held(payer, payee, due_at=NOON + DAY)
    copy = Transfer.objects.get(pk=transfer.pk)
    for name, value in ({"id": new_id()} | change).items():
        setattr(copy, name, value)
    with refused_by(REGIME):
        Transfer.objects.bulk_create([copy])


def test_an_organization_is_one_by_its_row(company, payer, payee):
    at_once(company, payee, "ATM_ORGANIZATION")
    with refused_by(REGIME):
        delayed(company, payee)


def test_customer_cannot_become_an_organization_first(zhang, payer):
    with refused_by("accounts_customer_stands"):
        rows("UPDATE accounts_customer SET kind = 'organization' WHERE id = %s", [zhang.id])


def test_account_cannot_become_the_payers_own(zhang, payee):
    with refused_by("accounts_account_stands"):
        rows("UPDATE accounts_account SET customer_id = %s WHERE id = %s", [zhang.id, payee.id])


class TestExternalAccounts:
    def test_external_account_is_own_by_an_approved_row(self, zhang, payer):
        own_elsewhere(zhang)
        at_once(payer)
        at_once(payer, outside=("6222000011112222", "icbc"))

    @pytest.mark.parametrize(
        "other", [{"outside": ("6222000011112223", "ICBC")}, {"outside": ("6222000011112222", "ABC")}], ids=str
    )
    def test_other_external_accounts_are_not_own(self, zhang, payer, other):
        own_elsewhere(zhang)
        with refused_by(REGIME):
            at_once(payer, **other)

    def test_external_account_of_another_customer_is_not_own(self, li, payer):
        own_elsewhere(li)
        with refused_by(REGIME):
            at_once(payer)

    @pytest.mark.parametrize("status", ["pending", "rejected", "withdrawn", "expired"])
    def test_external_account_is_not_own_before_a_second_person(self, zhang, payer, status):
        own_elsewhere(zhang, status=status, in_force_at=None)
        with refused_by(REGIME):
            at_once(payer)

    def test_external_account_is_own_from_the_instant_of_its_approval(self, zhang, payer):
        own_elsewhere(zhang, NOON)
        with refused_by(REGIME):
            at_once(payer, accepted_at=NOON - TICK)
        at_once(payer)

    def test_external_account_is_not_in_force_before_its_approval(self, zhang, payer):
        own = own_elsewhere(zhang, status="pending", in_force_at=None)
        factories.approved("external_account", own, at=NOON)
        with refused_by("accounts_externalaccount_second_person"):
            ExternalAccount.objects.filter(pk=own.pk).update(status="active", in_force_at=NOON - TICK)
            settle()

    def test_transfer_to_an_own_external_account_is_held_under_pboc_261(self, zhang, payer):
        own_elsewhere(zhang)
        with refused_by(REGIME):
            at_once(payer, rule_profile="PBOC_261")
        number, bank = OUTSIDE
        held(payer, clearing(bank), payee_account_number=number, due_at=NOON + DAY, rule_profile="PBOC_261")


# --- by which regime ---------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", AtmProfile)
@pytest.mark.parametrize("near", sorted({first_instant(each) for each in REGIMES} - {None}))
@pytest.mark.parametrize("off", [-TICK, timedelta(), TICK, 365 * DAY])
def test_the_database_has_the_laws_numbers(profile, near, off):
    regime = regime_at(profile, near + off)
    (kept,) = rows("SELECT * FROM transfers_atm_regime(%s, %s)", [profile.value, near + off])
    assert kept == {
        "hold_seconds": regime.hold_seconds,
        "organization": Exempt.ORGANIZATION in regime.exempt,
        "own_here": Exempt.OWN_HERE in regime.exempt,
        "own_elsewhere": Exempt.OWN_ELSEWHERE in regime.exempt,
    }


@pytest.mark.parametrize("profile", ["", "NOTICE_2027"])
def test_an_unknown_reading_lets_nothing_through(payer, own, profile):
    with refused_by(REGIME):
        at_once(payer, own, rule_profile=profile)


def test_transfer_before_the_first_regime_is_not_held(payer, payee):
    at_once(payer, payee, "ATM_BEFORE_RULE", accepted_at=FIRST_DAY - TICK)
    with refused_by(REGIME):
        at_once(payer, payee, "ATM_BEFORE_RULE", accepted_at=FIRST_DAY)
    with refused_by(REGIME):
        held(payer, payee, due_at=FIRST_DAY - TICK + DAY)
    held(payer, payee, due_at=FIRST_DAY + DAY)


# --- how it begins -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "columns",
    [
        {"settled_at": NOON + TICK, "ended_at": NOON + TICK},
        {"status": "cancelled", "settled_at": None, "due_at": NOON + TICK},
        {"status": "returned", "settled_at": None, "outcome_code": "ACCOUNT_FROZEN"},
    ],
    ids=str,
)
def test_transfer_is_held_refused_or_posted_at_its_acceptance(payer, own, columns):
    with refused_by("transfer_begins"):
        at_once(payer, own, **columns)


# --- what is reserved for it ---------------------------------------------------------------------------


def end(transfer: Transfer, status: str, **more: Any) -> None:
    words = {"posted": {"settled_at": NOON}, "returned": {"outcome_code": "ACCOUNT_FROZEN"}}.get(status, {})
    ended_at = NOON - TICK if status == "cancelled" else NOON
    Transfer.objects.filter(pk=transfer.pk).update(status=status, ended_at=ended_at, **words, **more)


def test_a_held_transfer_reserves_its_amount_on_the_payers_account(payer, payee):
    held(payer, payee, due_at=NOON, count=2)
    assert (money(payer), money(payee)) == ((100_000, 200), (0, 0))


def test_held_amount_does_not_exceed_the_balance(payer, payee):
    held(payer, payee, due_at=NOON, amount_fen=99_999)
    with refused_by("account_available_not_negative"):
        held(payer, payee, due_at=NOON, count=2, amount_fen=1)
    held(payer, payee, due_at=NOON, amount_fen=1)
    assert money(payer) == (100_000, 100_000)


@pytest.mark.parametrize(
    ("status", "left"), [("cancelled", (100_000, 0)), ("returned", (100_000, 0)), ("posted", (99_900, 0))]
)
def test_a_transfer_that_ends_frees_or_posts_its_amount_once(payer, payee, status, left):
    (transfer,) = held(payer, payee, due_at=NOON)
    end(transfer, status)
    end(transfer, status)
    assert (money(payer), money(payee)) == (left, (100_000 - left[0], 0))
    assert Entry.objects.filter(posting_id=transfer.id).count() == (2 if status == "posted" else 0)


def test_transfer_posted_at_its_acceptance_moves_its_amount(payer, own):
    at_once(payer, own)
    assert (money(payer), money(own)) == ((99_900, 0), (100, 0))


def test_money_received_within_one_set_can_be_held_in_another_transfer(payer, own, payee):
    """Within one statement the payer's own account has no balance before."""
    brings, holds = (at_once(payer, own, write=False), delayed(own, payee, write=False))
    Transfer.objects.bulk_create([holds, brings])
    assert (money(payer), money(own)) == ((99_900, 0), (100, 100))


@pytest.mark.parametrize("status", ["posted", "returned"])
def test_nothing_is_released_before_the_banks_clock(payer, payee, noon, status):
    (transfer,) = held(payer, payee, due_at=NOON)
    noon.set(NOON - TICK)
    with refused_by("transfer_released_by_the_clock"):
        end(transfer, status)
    noon.set(NOON)
    end(transfer, status)


# --- an accepted transfer is not changed ---------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"outcome_code": "ACCOUNT_FROZEN"}, {"settled_at": NOON + TICK}, {"ended_at": NOON + TICK},
        {"attempts": 1}, {"parked_until": NOON + TICK}, {"parked_reason": "x"},
    ],
    ids=str,
)  # fmt: skip
def test_an_outcome_is_written_once(payer, payee, change):
    (transfer,) = held(payer, payee, due_at=NOON)
    end(transfer, "posted")
    with refused_by("transfer_outcome_stands"):
        Transfer.objects.filter(pk=transfer.pk).update(**change)


def test_an_outcome_is_not_written_beforehand(payer, payee):
    (transfer,) = held(payer, payee, due_at=NOON)
    with refused_by("transfer_outcome_stands"):
        Transfer.objects.filter(pk=transfer.pk).update(outcome_code="ACCOUNT_FROZEN")


PARKED = "transfer_parked_for_a_while"


@pytest.mark.parametrize(
    "change",
    [
        "attempts = 3", "attempts = -1", "parked_until = 'infinity'", "parked_until = '2100-01-01'",
        "parked_until = bank_now() + interval '24 hours 1 microsecond'", "parked_until = NULL",
    ],
)  # fmt: skip
def test_attempts_rise_by_one_and_parking_ends_within_a_day(payer, payee, change):
    (transfer,) = held(payer, payee, due_at=NOON)
    rows("UPDATE transfers_transfer SET attempts = 1, parked_until = bank_now()")
    with refused_by(PARKED):
        rows(f"UPDATE transfers_transfer SET {change} WHERE id = %s", [transfer.id])
    rows("UPDATE transfers_transfer SET attempts = 2, parked_until = bank_now() + interval '24 hours'")
    rows("UPDATE transfers_transfer SET attempts = 0, parked_until = bank_now()")
