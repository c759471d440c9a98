"""The results of attempts under the application's role: refused, found by the proof, or explained."""

import re

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from config.kernel.database.sql import rows
from config.oversight.queries.proof import prove
from tests.roles import superuser
from tests.tampering import (
    attempts_money,
    attempts_papers,
    attempts_people,
    attempts_rights,
    attempts_stock,
    attempts_transfers,
)
from tests.tampering.attempts import Attempt

ATTEMPTS: tuple[Attempt, ...] = (
    *attempts_money.BOOKS,
    *attempts_transfers.TRANSFERS,
    *attempts_money.RECORDS,
    *attempts_papers.TWO_PERSONS,
    *attempts_papers.CERTIFICATES,
    *attempts_people.ACCOUNTS,
    *attempts_stock.STOCKS,
    *attempts_rights.WHO_MAY,
    *attempts_rights.DATABASE,
)


@pytest.fixture(scope="module")
def role(django_db_setup, django_db_blocker):
    """The name of a role that this connection can set and that owns no table."""
    name = f"forger_of_{connection.settings_dict['NAME']}"
    with superuser() as server:
        server.execute(f"CREATE ROLE {name}; GRANT {name} TO {connection.settings_dict['USER']}")
    yield name
    with superuser() as server:
        server.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


def outcome(attempt: Attempt, role: str) -> str:
    """Return the result of an attempt: the name of its refusal, the invariants that find it, or an empty text."""
    with transaction.atomic():
        found = _outcome(attempt, role)
        transaction.set_rollback(True)
    return found


def _outcome(attempt: Attempt, role: str) -> str:
    try:
        with transaction.atomic():
            # The attempt before has left it otherwise.
            rows("SET CONSTRAINTS ALL DEFERRED")
            rows(f"SET LOCAL ROLE {role}")
            for statement in attempt.statements:
                with connection.cursor() as cursor:
                    cursor.execute(statement)
                    assert cursor.rowcount, f"{attempt.name}: touches nothing: {statement}"
            rows("SET CONSTRAINTS ALL IMMEDIATE")
            rows("RESET ROLE")
            found = sorted(finding.invariant.name for finding in prove() if not finding.holds)
    except DatabaseError as error:
        return f"refused by {refuser(error.__cause__)}"
    return f"seen by {' '.join(found)}" if found else "unseen"


def refuser(error) -> str:
    assert isinstance(error, psycopg.Error)
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return "grants"
    return error.diag.constraint_name or f"{error.sqlstate} {error}"


def as_said(attempt: Attempt, result: str) -> bool:
    kind, _, names = result.partition(" by ")
    if attempt.refused_by:
        return result == f"refused by {attempt.refused_by}"
    return (
        attempt.seen_by in names.split()
        if attempt.seen_by and kind == "seen"
        else result == "unseen" and not attempt.seen_by
    )


def test_each_attempt_is_named_once_and_said_to_come_to_one_thing():
    assert len({each.name for each in ATTEMPTS}) == len(ATTEMPTS)
    assert all(sum(map(bool, each[2:])) == 1 for each in ATTEMPTS)


def test_document_states_the_number_of_attempts():
    refused, seen = (sum(bool(getattr(each, of)) for each in ATTEMPTS) for of in ("refused_by", "seen_by"))
    documented = re.search(
        r"\| (\d+) attempts \| [^|]* refused (\d+)\. `reconcile` detected (\d+)\. Neither did (\d+),",
        (settings.BASE_DIR / "docs" / "security.md").read_text(),
    )
    assert documented
    assert [int(each) for each in documented.groups()] == [len(ATTEMPTS), refused, seen, len(ATTEMPTS) - refused - seen]


@pytest.mark.django_db
def test_each_attempt_has_its_declared_result(role, town):
    # What the bank itself has written is looked at first; each attempt is looked at as at its end.
    rows("SET CONSTRAINTS ALL IMMEDIATE")
    rows("SET LOCAL transaction_timeout = 0")
    call_command("grant_application", role)
    found = {each: outcome(each, role) for each in ATTEMPTS}
    assert {each.name: came_to for each, came_to in found.items() if not as_said(each, came_to)} == {}
