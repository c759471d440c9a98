"""The failover drill: a URL with two servers, and the verdict of a round."""

import pytest
from django.core.management import CommandError, call_command

from benchmarks.drills.failover import GOAL_SECONDS, Round, report
from config.env import database


def test_a_url_may_name_both_servers():
    found = database("postgresql://bank:a%2Fb@/bank?host=one,two&target_session_attrs=read-write")
    assert (found["HOST"], found["NAME"], found["PASSWORD"]) == ("one,two", "bank", "a/b")
    assert found["OPTIONS"] == {"target_session_attrs": "read-write"}


def a_round(**more):
    usual = {"acknowledged": 9, "lost": 0, "unknown": 2, "unresolved": 0, "unasked": 0, "differing": 0, "pause": 0.3}
    return Round(1, **(usual | more))


@pytest.mark.parametrize(
    "more", [{"lost": 1}, {"unresolved": 1}, {"unasked": 1}, {"differing": 1}, {"pause": GOAL_SECONDS + 0.01}]
)
def test_a_round_is_as_promised_or_not(more):
    assert a_round(pause=GOAL_SECONDS).kept
    assert not a_round(**more).kept
    assert report([a_round(pause=GOAL_SECONDS)]).kept
    assert not report([a_round(), a_round(**more)]).kept
    assert "| 18 |" in report([a_round(), a_round()]).readable()


def test_a_failover_is_drilled_in_a_sandbox_only(settings):
    settings.SANDBOX = False
    with pytest.raises(CommandError, match="sandbox only"):
        call_command("failover_drill", fail_over="true", rebuild="true")
