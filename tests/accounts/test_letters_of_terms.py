"""Letters about accumulated terms (累计执行): when the end changes, a new letter is due."""

from datetime import date

import pytest

from accounts.letters.policy import is_due_again
from accounts.letters.queries.owed_letters import due_of_certificate, due_page
from accounts.letters.vocabulary import LetterKind
from blacklist.policy.terms import Term, _Chain
from config.kernel.database.clock import bank_now
from tests.accounts.test_letters import issued, owed, revoke
from tests.factories import ZHANG
from tests.listings import certify

pytestmark = pytest.mark.django_db

JDM = {"legal_basis": "JDM_2024", "extent": {"accounts": 3}}
EARLIER = date(2025, 6, 1)


def due() -> list:
    return [each.customer.id for each in due_page(bank_now(), after=None, limit=10).customers]


def test_later_end_is_announced_again(zhang, noon):
    """A certificate of an earlier day, entered later, extends the last one that was announced."""
    announced = certify(ZHANG, **JDM)
    first = issued(zhang, "penalty", announced.id)
    assert (first.last_day, owed(zhang), due()) == (date(2028, 1, 2), [], [])
    earlier = certify(ZHANG, certified_on=EARLIER, **JDM)
    issued(zhang, "penalty", earlier.id)
    assert owed(zhang) == ["penalty"]
    assert due() == [zhang.id]
    assert [each.customer.id for each in due_of_certificate(announced.id, bank_now())] == [zhang.id]
    anew = issued(zhang, "penalty", announced.id)
    assert (anew.replaces_id, anew.last_day) == (first.id, date(2029, 6, 1))
    assert (owed(zhang), due()) == ([], [])


def test_earlier_end_is_announced_again(zhang, noon):
    """A revoked certificate no longer adds its years, though no letter announced it."""
    earlier, announced = certify(ZHANG, certified_on=EARLIER, **JDM), certify(ZHANG, **JDM)
    assert issued(zhang, "penalty", announced.id).last_day == date(2029, 6, 1)
    revoke(earlier)
    assert owed(zhang) == ["penalty"]
    assert due() == [zhang.id]
    assert issued(zhang, "penalty", announced.id).last_day == date(2028, 1, 2)
    assert (owed(zhang), due()) == ([], [])


def test_end_moved_into_the_past_is_announced_as_over(zhang, noon):
    earlier, announced = certify(ZHANG, certified_on=EARLIER, **JDM), certify(ZHANG, **JDM)
    issued(zhang, "penalty", announced.id)
    noon.advance(days=2 * 365 + 30)
    revoke(earlier)
    assert owed(zhang) == ["end"]
    assert due() == [zhang.id]


def test_announced_end_beyond_five_years_is_announced_again(zhang, noon, monkeypatch):
    """Such an end was announced when a certificate kept its own term."""
    with monkeypatch.context() as before:
        before.setattr(_Chain, "add_written", lambda _, first_day, _stated, last_day: Term(first_day, last_day))
        paper = certify(ZHANG, term={"from": "2026-01-02", "to": "2036-01-02"}, **JDM)
        assert issued(zhang, "penalty", paper.id).last_day == date(2036, 1, 2)
    assert (owed(zhang), due()) == (["penalty"], [zhang.id])
    assert issued(zhang, "penalty", paper.id).last_day == date(2031, 1, 2)
    assert (owed(zhang), due()) == ([], [])


def test_independent_term_is_announced_once(zhang, noon):
    """Under the notice each certificate has its own end, independent of others."""
    certificate = certify(ZHANG)
    issued(zhang, "penalty", certificate.id)
    issued(zhang, "penalty", certify(ZHANG, certified_on=EARLIER).id)
    assert (owed(zhang), due()) == ([], [])


@pytest.mark.parametrize(
    ("kind", "named", "now", "anew"),
    [
        (LetterKind.PENALTY, date(2028, 1, 2), date(2028, 1, 2), False),
        (LetterKind.PENALTY, date(2028, 1, 2), date(2028, 1, 3), True),
        (LetterKind.PENALTY, date(2028, 1, 2), date(2028, 1, 1), True),
        (LetterKind.CASE_ACCOUNT, None, None, False),
        (LetterKind.END, None, date(2028, 1, 2), False),
    ],
)
def test_a_day_more_or_less_is_another_end(kind, named, now, anew):
    assert is_due_again(kind, named=named, now=now) is anew
