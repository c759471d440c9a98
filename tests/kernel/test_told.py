"""A refusal is told as a person reads it: an end as day and time, an open end in words."""

import pytest

from accounts.refusals.money import AccountFrozen, CardNotActive

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


def test_a_code_is_told_in_words_and_stays_a_code_in_the_fields():
    refusal = CardNotActive(card_status="lost")
    assert "状态为“挂失”，" in refusal.detail("zh")
    assert "This card is reported lost and" in refusal.detail("en")
    assert refusal.fields == {"card_status": "lost"}
