"""Personal data reaches no log, by any path."""

import io
import json
import logging
import logging.config

import pytest
from celery.app import trace
from django.conf import settings
from django.db import IntegrityError, transaction

from config.celery import app
from config.kernel.database.ids import new_id
from config.kernel.models import Principal
from config.logs import scrub
from tests import people

DOCUMENT, CARD, PHONE = "11010519491231002X", "6228480000000005", "13800138000"
CANARIES = (DOCUMENT, CARD, PHONE)


@pytest.fixture
def log(monkeypatch):
    """A logger configured by the settings, and its output."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    configured = logging.config.DictConfigurator(settings.LOGGING)
    configured.config["filters"]["private"] = configured.configure_filter({"()": "config.logs.WithoutPersonalData"})
    handler.addFilter(configured.config["filters"]["private"])
    handler.setFormatter(configured.configure_formatter({"()": "config.logs.JsonFormatter"}))
    logger = logging.getLogger("bank.canary")
    monkeypatch.setattr(logger, "handlers", [handler])
    monkeypatch.setattr(logger, "propagate", False)
    logger.written = stream.getvalue
    return logger


@pytest.mark.parametrize("canary", CANARIES)
@pytest.mark.parametrize(
    "around",
    ["{}", "number={}", "({})", "'{}'", "号码{}。", "a {} b", "id_{}", '{{"number": "{}"}}', "Key (no)=({})", "+86{}"],
)
def test_numbers_do_not_pass_in_a_message(log, canary, around):
    if around == "+86{}" and canary != PHONE:
        pytest.skip("a country code precedes phones")
    log.warning(around.format(canary))
    assert canary not in log.written()
    assert "[number]" in log.written()


@pytest.mark.parametrize("canary", CANARIES)
def test_numbers_do_not_pass_in_arguments(log, canary):
    log.warning("%s and %r and %s", canary, {"number": canary}, [canary])
    assert canary not in log.written()


def test_ids_are_logged_unchanged():
    for _ in range(2000):
        text = f"transfer {new_id()} of 2026-01-05T12:00:00.000000+08:00"
        assert scrub(text) == text


@pytest.mark.parametrize("text", ["18446", "20260105120000", "10.0.0.1", "amount 100000000000.00", "v1.2.3"])
def test_ordinary_numbers_pass(text):
    assert scrub(text) == text


def test_an_exception_is_logged_by_class_and_place_never_by_its_text(log):
    try:
        raise ValueError(f"holder 张三 {DOCUMENT}")
    except ValueError:
        log.exception("failed")
    event = json.loads(log.written())
    assert event["error"] == "ValueError"
    assert any("test_logs.py" in place for place in event["trace"])
    for canary in ("张三", DOCUMENT):
        assert canary not in log.written()


def _refused(**values) -> IntegrityError:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Principal.objects.create(**values)
    return refused.value


def test_exception_of_a_task_is_logged_by_its_class_only(log, monkeypatch):
    """Celery writes the text of an exception, which may contain a name, into its own log line."""
    monkeypatch.setattr(trace, "logger", log)
    monkeypatch.setattr(trace, "info", log.info)

    def broken():
        raise ValueError("张三 (is no channel)")

    app.task(broken, name="tests.database_refusals").apply()
    event = json.loads(log.written())
    assert event["error"] == "ValueError"
    assert event["event"].endswith("raised unexpected: ValueError")
    assert "张三" not in log.written()


def test_a_database_error_is_logged_by_its_constraint(log, db):
    people.principal(DOCUMENT, "atm")
    error = _refused(name=DOCUMENT, role="atm")
    assert DOCUMENT in str(error)
    log.error("failed", exc_info=error)
    log.error("task failed: %s", error)
    log.error("task failed: %r", error)
    assert DOCUMENT not in log.written()
    assert "DETAIL" not in log.written()
    assert json.loads(log.written().splitlines()[0])["constraint"] == "kernel_principal_name_key"


def test_a_failing_row_is_not_printed(log, db):
    error = _refused(name="张三丰", role="king")
    assert "张三丰" in str(error)
    log.error("task failed: %s", error, exc_info=error)
    assert "张三丰" not in log.written()


def test_one_event_is_one_line(log):
    log.warning("a\nb\r\n\x1b[31mc %s", "d\ne")
    assert len(log.written().splitlines()) == 1
    assert json.loads(log.written())["event"] == "a\nb\r\n\x1b[31mc d\ne"


def test_failing_request_is_logged_without_its_content(till, monkeypatch, log):
    from accounts.till.api import cash

    def fail(*_, **__):
        raise ValueError(f"{DOCUMENT} {CARD}")

    monkeypatch.setattr(cash.DepositsView, "operate", fail)
    monkeypatch.setattr(logging.getLogger("bank.api"), "handlers", log.handlers)
    answer = till.deposit()
    event = json.loads(log.written().splitlines()[0])
    assert event["request_id"] == answer["X-Request-Id"]
    assert event["error"] == "ValueError"
    for canary in CANARIES:
        assert canary not in log.written()


def test_every_handler_of_the_settings_is_private():
    assert {
        name for name, handler in settings.LOGGING["handlers"].items() if "private" not in handler["filters"]
    } == set()
    for name in ("", "django", "celery"):
        for handler in logging.getLogger(name).handlers:
            assert type(handler).__name__ != "AdminEmailHandler", name
