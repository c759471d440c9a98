"""The page of punctuality (9003) and its export show the query's figures for the requested days."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from config.frames.desk.due_picture import FOOT, LEFT, RIGHT, TOP
from config.kernel.models import ExportReceipt
from config.oversight.desk.punctuality import draw_buckets, draw_lateness
from tests import factories
from tests.clock import NOON
from tests.desk.pages import english, text_of
from tests.transfers.factories import held
from transfers.models import Event
from transfers.queries.punctuality import punctuality_of
from transfers.vocabulary import LATENESS_LIMITS

PAGE = "/desk/punctuality"
DAY = timedelta(days=1)


@pytest.fixture
def payer(noon, zhang):
    return factories.account(zhang, "I", balance_fen=1_000_000)


@pytest.fixture
def bank(payer):
    """Steps of one release today and two on the fifth day before, one of them by the watcher."""
    waiting = held(payer, due_at=NOON - 20 * DAY, count=3)
    for at, lateness_ms, by in (
        (NOON, 40, "celery"),
        (NOON - 5 * DAY, 700, "celery"),
        (NOON - 5 * DAY, 90_000, "watcher"),
    ):
        step = {"new_status": "posted", "released_by": by, "lateness_ms": lateness_ms}
        Event.objects.create(transfer=waiting.pop(), at=at, old_status="held", **step)


@pytest.mark.django_db
def test_page_shows_figures_of_the_requested_days_without_single_transfers(bank, signed_in, zhang):
    teller = signed_in("teller")
    today = text_of(teller.get(PAGE))
    assert "40毫秒" in today
    assert "100.00%" in today
    week = text_of(teller.get(PAGE, {"from": "2025-12-30", "to": "2026-01-05"}))
    assert "66.66%" in week
    assert "1分30秒" in week
    assert "<polyline" not in week, "two days with a gap between them are no line"
    assert zhang.name not in week
    assert "Within 1 s:" in text_of(english(signed_in("supervisor")).get(PAGE))


@pytest.mark.django_db
def test_longest_overdue_transfer_is_shown_and_alarms_from_its_limit_on(payer, signed_in, noon, settings):
    teller = signed_in("teller")
    settings.OVERDUE_ALARM_SECONDS = 60
    held(payer, due_at=NOON + DAY)
    noon.set(NOON + DAY - timedelta(seconds=1))
    assert "没有逾期的转账" in text_of(teller.get(PAGE))
    noon.set(NOON + DAY + timedelta(seconds=60))
    page = text_of(teller.get(PAGE))
    assert "到期未处理" in page
    assert "请立即通知运维" not in page
    noon.set(NOON + DAY + timedelta(seconds=61))
    assert "请立即通知运维" in text_of(teller.get(PAGE))


@pytest.mark.django_db
def test_invalid_days_are_reported(bank, signed_in):
    teller = signed_in("teller")
    wrong = teller.get(PAGE, {"from": "2026-01-06", "to": "2026-01-05"})
    assert wrong.status_code == 400
    assert "起日不得晚于止日" in text_of(wrong)


@pytest.mark.django_db
def test_the_days_asked_for_and_the_month_are_counted_at_once(bank, signed_in):
    teller = signed_in("teller")
    for asked in ({}, {"from": "2025-10-01", "to": "2026-01-05"}):
        with CaptureQueriesContext(connection) as sent:
            assert "2025年12月31日" in text_of(teller.get(PAGE, asked)), "a day of the month"
        assert sum("transfers_latenesscount" in each["sql"] for each in sent) == 1


@pytest.mark.django_db
def test_the_file_has_a_typed_line_for_each_day_and_one_for_all_and_a_receipt(bank, signed_in):
    asked = {"list": "punctuality", "format": "xlsx", "from": "2025-12-30", "to": "2026-01-05"}
    answer = signed_in("auditor").post("/desk/exports", asked)
    book = load_workbook(BytesIO(b"".join(answer.streaming_content)))
    head, *lines = book.worksheets[0].iter_rows(values_only=True)
    assert (head[0], head[6], head[8]) == ("日期", "99%不超过P99（毫秒）", "0.1秒以内")
    assert [tuple(line) for line in lines] == [
        (lines[0][0], 2, 1, 1, 0, 700, 90_000, 90_000, 0, 1, 0, 0, 1, 0),
        (lines[1][0], 1, 1, 0, 0, 40, 40, 40, 1, 0, 0, 0, 0, 0),
        ("合计", 3, 2, 1, 0, 700, 90_000, 90_000, 1, 1, 0, 0, 1, 0),
    ]
    assert [getattr(line[0], "date", lambda line=line: line[0])() for line in lines[:2]] == [
        date(2025, 12, 31),
        date(2026, 1, 5),
    ]
    assert ExportReceipt.objects.get().rows == 3
    assert signed_in("supervisor").post("/desk/exports", asked).status_code == 403


@pytest.mark.django_db
def test_the_drawings_stay_within_their_frame_and_show_one_among_many(bank):
    first = date(2025, 12, 7)
    figures = punctuality_of(NOON - 30 * DAY, NOON + DAY)
    bars = draw_buckets(dict.fromkeys(LATENESS_LIMITS, 0) | {"le_100ms": 1_000_000, "over": 1})
    assert [each.bar.height for each in bars] == [FOOT - TOP, 0, 0, 0, 0, 3]
    assert bars[-1].bar.x + bars[-1].bar.width <= RIGHT
    drawing = draw_lateness(figures.days, first=first, count=30)
    assert [line.text for line in drawing.grid] == ["1毫秒", "10毫秒", "0.1秒", "1秒", "10秒", "1分钟", "10分钟"]
    assert all(LEFT <= dot.x <= RIGHT and TOP <= dot.p99_y <= dot.p50_y <= FOOT for dot in drawing.dots)
    late = figures.days[date(2026, 1, 5)]
    joined = draw_lateness({first: late, first + DAY: late, first + 3 * DAY: late}, first=first, count=30)
    assert len(joined.lines) == 1
