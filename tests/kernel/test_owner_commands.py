"""A command for the owner of the tables, run as the application's role, reports this and changes nothing."""

import subprocess
import sys

import pytest

from tests.processes import ROOT, environment
from tests.roles import as_role

COMMANDS = (
    ("forget_old_trail",),
    ("mark_restored",),
    ("months",),
    ("break_glass", "lihua", "10001"),
    ("first_administrators", "lihua", "10001", "wangwei", "10002"),
    ("reseal",),
    ("reindex",),
)


@pytest.mark.parametrize("words", COMMANDS, ids=[words[0] for words in COMMANDS])
def test_owner_command_under_another_role_is_refused_in_a_sentence(transactional_db, application, words):
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT, env=environment() | {"DATABASE_URL": as_role(application)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("CommandError: ")
    assert "owner" in done.stderr
