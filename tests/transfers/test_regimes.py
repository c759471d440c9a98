"""One additional row in the table of regimes, 48 hours from a day on, changes every text about a hold."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from config.kernel.database.sql import rows
from config.kernel.law.dates import SHANGHAI, start_of_day
from config.oversight.queries.proof import INVARIANTS, prove
from tests import evidence, factories, people
from tests.database_refusals import past_the_guards, refused_by
from tests.desk.pages import english, text_of
from tests.signed_in_browser import browser_of
from tests.transfers.conftest import CARD, money
from tests.transfers.future_law import FORTY_EIGHT, FROM_DAY, regimes_in_database
from tests.transfers.test_constraints import copy_of
from transfers.models import Transfer
from transfers.operations.release import release_due
from transfers.policy import acceptance
from transfers.vocabulary import AtmProfile, ReleasedBy, RuleCode

FIRST = start_of_day(FROM_DAY)
TICK = timedelta(microseconds=1)
DAY, HOURS_48 = timedelta(hours=24), timedelta(hours=48)
(I10,) = (each for each in INVARIANTS if each.name == "I10")


# --- the table --------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", AtmProfile, ids=str)
def test_every_day_has_one_regime_of_whole_seconds(profile):
    found = acceptance.regimes_of(profile)
    assert found[0].from_day == date.min
    assert len({each.from_day for each in found}) == len(found)
    assert [each.delay for each in found if not each.delay] == [found[0].delay]
    assert all(timedelta(seconds=each.hold_seconds) == each.delay >= timedelta() for each in found)


@pytest.mark.parametrize("profile", AtmProfile, ids=str)
@pytest.mark.parametrize(
    ("at", "delay"),
    [
        (datetime(2016, 11, 30, 23, 59, 59, 999999, SHANGHAI), timedelta()),
        (datetime(2016, 12, 1, tzinfo=SHANGHAI), DAY),
        (FIRST - TICK, DAY),
        (FIRST, HOURS_48),
    ],
    ids=["before-any-rule", "since-2016-12-01", "last-instant-of-it", "from-the-new-day"],
)
def test_the_day_of_acceptance_picks_the_regime(longer, profile, at, delay):
    assert acceptance.regime_at(profile, at).delay == delay


def test_no_name_in_the_code_says_how_long_it_is():
    lines = [
        f"{path}: {line.strip()}"
        for app in ("accounts", "blacklist", "config", "transfers")
        for path in Path(app).rglob("*.py")
        if "migrations" not in path.parts
        for line in path.read_text().splitlines()
        if re.search(r"ATM_24_HOURS(?!\")|waits_24|24小时后到账|after 24 hours", line)
    ]
    allowed = {"transfers/policy/acceptance.py", "config/kernel/law/clauses.py"}
    assert not [line for line in lines if line.partition(":")[0] not in allowed]


# --- 48 hours ---------------------------------------------------------------------------------------

pytestmark = [pytest.mark.django_db, pytest.mark.owner]


@pytest.fixture
def longer(monkeypatch):
    """From a future day on the regime is 48 hours: one more row of the table."""
    monkeypatch.setattr(acceptance, "REGIMES", (*acceptance.REGIMES, FORTY_EIGHT))


@pytest.fixture
def ahead(noon, longer, order, payer, payee):
    """The bank's clock at the first instant of that day, with the regime in the database."""
    with regimes_in_database():
        noon.set(FIRST)
        yield noon


@pytest.fixture
def made(ahead, atm, order):
    """The answer to an order accepted under the new regime."""
    answer = atm.post("/transfers", order())
    assert answer.status_code == 201, answer.json()
    return answer.json()


@pytest.fixture
def desk(ahead):
    return browser_of(people.signs_in(factories.caller("teller")))


def test_the_answer_the_preview_and_the_notice_say_the_new_instant(made, atm, order):
    assert made["accepted_at"] == "2027-03-01T00:00:00.000000+08:00"
    assert made["due_at"] == made["cancellable_until"] == "2027-03-03T00:00:00.000000+08:00"
    assert (made["status"], made["seconds_left"]) == ("held", 172_800)
    assert made["rule"] == {"code": "ATM_24_HOURS", "clause": "银发〔2027〕1号 第一条", "profile": "NOTICE_2016"}
    assert "2027年3月3日00:00:00" in made["notice"]["zh"]
    assert "00:00:00 on 3 March 2027" in made["notice"]["en"]
    preview = atm.post("/transfers/preview", order()).json()
    assert (preview["outcome"], preview["due_at"]) == ("held", made["due_at"])


def test_transfer_accepted_the_instant_before_keeps_24_hours(ahead, atm, order):
    ahead.set(FIRST - TICK)
    body = atm.post("/transfers", order()).json()
    assert body["due_at"] == "2027-03-01T23:59:59.999999+08:00"
    ahead.set(FIRST)
    assert text_of_found(prove((I10,))) == []


def text_of_found(findings):
    return [each for finding in findings for each in finding.ids]


def test_hold_is_stored_in_the_row_and_checked_by_the_database(made):
    transfer = Transfer.objects.get()
    assert (transfer.hold_seconds, transfer.due_at - transfer.accepted_at) == (172_800, HOURS_48)
    with refused_by("transfer_delayed_waits_its_hold"):
        Transfer.objects.bulk_create([copy_of(transfer, due_at=transfer.accepted_at + DAY)])
    with refused_by("transfer_accepted_stands"):
        rows("UPDATE transfers_transfer SET hold_seconds = 86400, due_at = accepted_at + interval '86400 seconds'")


def test_proof_knows_the_new_regime_and_finds_a_hold_of_the_old(made):
    evidence.write_missing()
    assert [finding.invariant.name for finding in prove() if not finding.holds] == []
    transfer = Transfer.objects.get()
    old = copy_of(transfer, hold_seconds=86_400, due_at=transfer.accepted_at + DAY)
    with refused_by("transfer_arrives_as_its_regime_says"):
        Transfer.objects.bulk_create([old])
    with past_the_guards("transfers_transfer"):
        Transfer.objects.bulk_create([old])
    assert text_of_found(prove((I10,))) == [str(old.id)]


def test_nothing_is_released_before_48_hours_and_all_of_it_then(made, ahead, payee):
    for instant in (FIRST + DAY, FIRST + HOURS_48 - TICK):
        ahead.set(instant)
        release_due(released_by=ReleasedBy.CELERY)
        assert (Transfer.objects.get().status, money(payee)) == ("held", (0, 0))
    ahead.set(FIRST + HOURS_48)
    release_due(released_by=ReleasedBy.CELERY)
    assert (Transfer.objects.get().status, money(payee)) == ("posted", (10_000, 0))


@pytest.mark.parametrize(("before", "status"), [(TICK, 200), (timedelta(), 409)], ids=["last-instant", "due-instant"])
def test_the_payer_may_cancel_for_48_hours(made, ahead, atm, before, status):
    ahead.set(FIRST + HOURS_48 - before)
    answer = atm.post(f"/transfers/{made['id']}/cancel", {"applicant": {"card_number": CARD}})
    assert answer.status_code == status
    if status == 409:
        assert "2027" in answer.json()["detail"]


@pytest.mark.parametrize("page", ["/desk/transfers/held", "/desk/transfers/{}", "/desk/transfers/{}/slip"])
def test_the_desk_says_48_hours_or_the_instant(made, desk, page):
    shown = text_of(desk.get(page.format(made["id"])))
    assert "2027-03-03 00:00:00" in shown
    assert "24小时后" not in shown
    if "slip" in page:
        assert "银发〔2027〕1号 第一条" in shown
    else:
        assert "48小时后到账" in shown
        assert "48 hours" in text_of(english(desk).get(page.format(made["id"])))


def test_the_refusal_of_an_account_in_another_name_says_no_number(ahead, teller, zhang):
    account = {"account_number": "87144583", "bank_code": "YZ", "name": "李四", "evidence": "存折"}
    answer = teller.post(f"/customers/{zhang.id}/external-accounts", account)
    assert (answer.status_code, answer.json()["code"]) == (422, "NOT_THE_HOLDER")
    assert "延时到账" in answer.json()["detail"]
    assert not re.search(r"\d", answer.json()["detail"])


def test_rule_and_value_go_on_together():
    assert RuleCode.ATM_DELAYED.value == "ATM_24_HOURS"
