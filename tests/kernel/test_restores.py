"""The mark of a restore is written once, confirmed once, kept for ever, and shown everywhere."""

import logging

import pytest

from config.kernel.database.sql import rows
from config.kernel.integrity import restores
from config.kernel.models import Restore
from tests import factories
from tests.database_refusals import refused_by
from tests.desk.pages import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def confirmed():
    restores.mark_restored("bank.dump")
    restores.confirm([Restore.objects.get().pk], by=factories.caller("supervisor").id, note="", proof={})
    rows("SET CONSTRAINTS ALL IMMEDIATE")
    return Restore.objects.get()


def test_marking_again_changes_nothing_until_it_is_confirmed():
    assert not restores.unconfirmed()
    assert restores.mark_restored("first")
    assert not restores.mark_restored("second")
    assert restores.unconfirmed()
    assert Restore.objects.get().source == "first"


def test_a_confirmed_restore_lets_the_next_one_be_marked(confirmed):
    assert not restores.unconfirmed()
    assert restores.mark_restored("second")
    assert restores.unconfirmed()


def test_a_confirmation_is_written_once(confirmed):
    assert confirmed.confirmed_at is not None
    assert restores.confirm([confirmed.pk], by=factories.caller("compliance").id, note="again", proof={}) == 0


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE kernel_restore SET source = 'another'", "kernel_restore_stands"),
        (
            "UPDATE kernel_restore SET confirmed_at = NULL, confirmed_by_id = NULL, proof = NULL",
            "kernel_restore_stands",
        ),
        ("DELETE FROM kernel_restore", "kernel_restore_append_only"),
        ("TRUNCATE kernel_restore", "kernel_restore_append_only"),
        ("UPDATE kernel_restore SET id = id + 1", "kernel_restore_append_only"),
        (
            "INSERT INTO kernel_restore (source, confirmed_at) VALUES ('x', now())",
            "restore_confirmation_is_whole",
        ),
    ],
)
def test_database_keeps_the_written_mark(confirmed, statement, constraint):
    with refused_by(constraint):
        rows(statement)


def test_script_of_a_restore_writes_any_file_name_unchanged():
    source = "o'clock \\ ; DROP TABLE x; --" + "长" * 300
    rows(restores.mark_script(source))
    assert Restore.objects.get().source == source[:200]


def test_the_log_says_so_once_a_minute(caplog, monkeypatch):
    reminder, now = restores.Reminder(), [1000.0]
    monkeypatch.setattr(restores.time, "monotonic", lambda: now[0])
    restores.mark_restored("bank.dump")
    for seconds in (0, 1, 58.9, 0.2):
        now[0] += seconds
        reminder.remind()
    assert [(each.levelno, each.name) for each in caplog.records] == [(logging.ERROR, "bank.restores")] * 2


def test_probes_say_so_and_stay_ready(client, noon):
    before = client.get("/readyz").json()["checks"]["releaser"]
    assert "bank_restore_unconfirmed 0.0" in text_of(client.get("/metrics"))
    restores.mark_restored("bank.dump")
    answer = client.get("/readyz")
    assert (before, answer.json()["checks"]["releaser"]) == ("ok", "warning: restored, unconfirmed")
    assert answer.status_code == 200
    assert "bank_restore_unconfirmed 1.0" in text_of(client.get("/metrics"))
