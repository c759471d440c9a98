"""Records of sign-ins, failures and administration cannot be changed by anyone."""

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from axes.utils import reset
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from config.frames.desk.lockout import PermanentRecords
from tests import people
from tests.database_refusals import refused_by

pytestmark = pytest.mark.django_db

TRIED = {"username": "teller", "ip_address": "192.0.2.1", "user_agent": "kiosk", "path_info": "/desk/sign-in"}


@pytest.fixture
def rows():
    """One row of each: an administrative act, a failure, a sign-in."""
    entry = LogEntry.objects.create(user=people.user("root"), object_repr="x", action_flag=CHANGE)
    failure = AccessFailureLog.objects.create(**TRIED)
    log = AccessLog.objects.create(**TRIED, session_hash="h")
    # Nothing is left to be checked at the end: that alone would be in the way of TRUNCATE.
    connection.check_constraints()
    return {LogEntry: entry, AccessFailureLog: failure, AccessLog: log}


@pytest.mark.parametrize("model", [LogEntry, AccessFailureLog, AccessLog])
@pytest.mark.parametrize("how", ["DELETE FROM {}", "TRUNCATE {}", "UPDATE {} SET id = id + 1"])
def test_records_are_not_deleted_or_renumbered(rows, model, how):
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
        connection.cursor().execute(how.format(model._meta.db_table))
    assert model.objects.count() == 1


@pytest.mark.parametrize(("model", "column"), [(LogEntry, "object_repr"), (AccessFailureLog, "username")])
def test_records_are_not_rewritten(rows, model, column):
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
        model.objects.update(**{column: "another"})


@pytest.mark.parametrize("column", ["username", "ip_address", "user_agent", "path_info", "session_hash"])
def test_only_the_end_of_a_sign_in_is_added(rows, column):
    value = "192.0.2.9" if column == "ip_address" else "another"
    with refused_by("axes_accesslog_stands"):
        AccessLog.objects.update(**{column: value})
    assert AccessLog.objects.update(logout_time=timezone.now()) == 1


def test_end_of_a_sign_in_is_added_once(rows):
    AccessLog.objects.update(logout_time=timezone.now())
    with refused_by("axes_accesslog_stands"):
        AccessLog.objects.update(logout_time=None)


def test_a_count_of_failures_goes_back_to_nothing():
    AccessAttempt.objects.create(**TRIED, get_data="", post_data="", failures_since_start=4)
    reset(username="teller")
    assert not AccessAttempt.objects.exists()


def test_old_failures_are_not_deleted(rows, rf):
    """After a thousand failures of a name axes would delete the oldest, and the sign-in would fail."""
    assert settings.AXES_HANDLER.endswith(PermanentRecords.__name__)
    assert PermanentRecords().remove_out_of_limit_failure_logs(username="teller", limit=0) == 0
    for command in ("axes_reset_logs", "axes_reset_failure_logs"):
        call_command(command, age=0)
    assert (AccessLog.objects.count(), AccessFailureLog.objects.count()) == (1, 1)
