"""Instants are typed and shown at the desk in +08:00, in every year."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError
from django.template import Context, Template

from config.frames.desk.fields import EndField


@pytest.mark.parametrize(
    ("typed", "instant"),
    [
        ("1988-07-01 12:00", "1988-07-01T04:00:00+00:00"),
        ("1988-07-01", "1988-07-01T16:00:00+00:00"),
        ("1900-01-01 08:00", "1900-01-01T00:00:00+00:00"),
        ("2026-01-05 12:00", "2026-01-05T04:00:00+00:00"),
    ],
)
def test_a_typed_end_is_in_eight_hours(typed, instant):
    assert EndField().clean(typed).astimezone(UTC).isoformat() == instant


@pytest.mark.parametrize("typed", ["2026-02-30", "2026-01-05 25:00", "soon"])
def test_error_of_an_invalid_end_shows_the_format(typed):
    with pytest.raises(ValidationError) as error:
        EndField().clean(typed)
    assert error.value.messages == ["须为 YYYY-MM-DD 形式的日期，或加时间：YYYY-MM-DD HH:MM。"]


@pytest.mark.parametrize("year", [1900, 1988, 2026])
def test_a_template_shows_no_other_hour(year):
    at = datetime(year, 7, 1, 4, tzinfo=UTC)
    text = Template("{% load desk %}{{ at|moment }} {{ at|date:'H:i O' }}").render(Context({"at": at}))
    assert text == f"{year}-07-01 12:00:00 12:00 +0800"
