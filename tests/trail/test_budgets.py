"""Budgets of look-ups, misses and unmasked views per person, counted in the database."""

import pytest

from config.kernel.database.sql import rows
from config.kernel.models import BudgetUse, Decision
from config.kernel.trail import budgets
from config.kernel.trail.budgets import Budget, Spending
from tests import factories
from tests.http import outcome
from tests.races import times

pytestmark = pytest.mark.django_db

ZHANG = {"document": {"type": "resident_id", "number": factories.ZHANG.number}}
LI = {"document": {"type": "resident_id", "number": factories.LI.number}}


def test_beyond_the_look_ups_of_an_hour_a_person_waits_for_its_end(teller, client_for, zhang, settings, lines):
    settings.LOOK_UPS_PER_HOUR = 2
    answers = [teller.post("/customers/lookup", ZHANG, key=None) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert answers[-1].json()["code"] == "BUDGET_EXHAUSTED"
    assert int(answers[-1]["Retry-After"]) > 0
    records = [(line.outcome, line.code) for line in lines("look_up_customer")]
    assert records == [("found", "")] * 2 + [("refused", "BUDGET_EXHAUSTED")] * 2
    # Screenings share it, the other way of looking up too; another person has a budget of their own.
    assert outcome(teller.post("/blacklist/screenings", ZHANG, key=None)) == "BUDGET_EXHAUSTED"
    assert outcome(teller.post("/accounts/lookup", {"account_number": "999"}, key=None)) == "BUDGET_EXHAUSTED"
    assert client_for("teller", "other").post("/customers/lookup", ZHANG, key=None).status_code == 200


def test_the_day_has_a_budget_of_its_own(teller, zhang, settings):
    settings.LOOK_UPS_PER_HOUR, settings.LOOK_UPS_PER_DAY = 5, 1
    answers = [teller.post("/customers/lookup", ZHANG, key=None) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]


def test_misses_used_up_stop_hits_too(teller, zhang, settings):
    """Otherwise a refused and an answered look-up would reveal which numbers exist."""
    settings.MISSES_PER_HOUR = 2
    asked = [ZHANG, LI, LI, LI, ZHANG]
    answers = [outcome(teller.post("/customers/lookup", each, key=None)) for each in asked]
    assert answers == [200, "NOT_FOUND", "NOT_FOUND", "BUDGET_EXHAUSTED", "BUDGET_EXHAUSTED"]


def test_screening_without_a_match_is_no_miss(teller, noon, settings):
    settings.MISSES_PER_HOUR = 1
    assert [outcome(teller.post("/blacklist/screenings", LI, key=None)) for _ in range(3)] == [200] * 3


def test_no_limit_counts_nothing(teller, zhang):
    teller.post("/customers/lookup", ZHANG, key=None)
    assert not BudgetUse.objects.exists()


def test_the_desk_says_so_in_words(signed_in, zhang, settings):
    settings.LOOK_UPS_PER_HOUR = 1
    desk, typed = signed_in("teller"), {"by": "any", "key": factories.ZHANG.number, "reason": "business"}
    assert desk.post("/desk/customers", typed).status_code == 302
    answer = desk.post("/desk/customers", typed)
    assert answer.status_code == 429
    assert "次数已用完" in answer.content.decode()
    assert int(answer["Retry-After"]) > 0


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "part"])
def test_whole_data_beyond_the_budget_is_not_read(signed_in, zhang, settings, lines, headers):
    settings.UNMASKINGS_PER_HOUR = 1
    desk, path = signed_in("teller"), f"/desk/customers/{zhang.id}/unmask"
    first = desk.post(path, {"reason": "customer_call"}, headers=headers)
    assert "张三" in first.content.decode()
    second = desk.post(path, {"reason": "customer_call"}, headers=headers)
    assert second.status_code == 429
    assert "BUDGET_EXHAUSTED" in second.content.decode()
    assert "张三" not in second.content.decode()
    assert [line.outcome for line in lines("unmask")] == ["done", "refused"]
    assert Decision.objects.filter(kind="unmask").count() == 1


@pytest.mark.parametrize(("window", "longest"), [("minute", 60), ("hour", 3600), ("day", 24 * 3600)])
def test_the_wait_lasts_to_the_end_of_the_window(window, longest, monkeypatch):
    monkeypatch.undo()
    used_up = Spending(Budget.LOOK_UPS, window, limit=-1)
    assert 0 < budgets.spend("somebody", used_up) <= longest


def test_a_window_that_has_ended_is_another(zhang):
    hour = Spending(Budget.LOOK_UPS, "hour", limit=1)
    assert budgets.spend("somebody", hour) == 0
    assert budgets.spend("somebody", hour) > 0
    rows("UPDATE kernel_budgetuse SET begins_at = begins_at - interval '1 hour', ends_at = ends_at - interval '1 hour'")
    assert budgets.spend("somebody", hour) == 0


@pytest.mark.django_db(transaction=True)
def test_simultaneous_looks_keep_the_budget():
    minute = Spending(Budget.LOOK_UPS, "day", limit=3)
    waits = times(8, lambda: budgets.spend("somebody", minute))
    assert sorted(bool(wait) for wait in waits) == [False] * 3 + [True] * 5
