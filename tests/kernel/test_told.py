"""A refusal is told as a person reads it: an end as day and time, an open end in words."""

import pytest

from accounts.refusals.money import AccountFrozen

END = "2031-01-05T00:00:00.000000+08:00"


@pytest.mark.parametrize(
    ("until", "language", "told"),
    [
        (END, "zh", "至 2031-01-05 00:00:00，"),
        (END, "en", "until 2031-01-05 00:00:00:"),
        (None, "zh", "至 另行通知，"),
        (None, "en", "until further notice:"),
    ],
)
def test_says_until_when(until, language, told):
    refusal = AccountFrozen(until=until)
    assert told in refusal.detail(language)
    assert refusal.fields == {"until": until}


def test_a_missing_field_leaves_a_dash():
    assert "至 -，" in AccountFrozen().detail("zh")
