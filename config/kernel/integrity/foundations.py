"""What a bank stands on (系统基础): its clock, a role that owns nothing, keys that nobody guesses.

Asked when a process starts, by `/readyz`, by `manage.py check` and by `manage.py reconcile`: one list for all four. A
sentence names what is wrong and no part of a key. Inside a sandbox nothing of it refuses: it is told as a warning.

:source: 通告第六条.
"""

import hmac
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import psycopg
from django.conf import settings
from django.db import ProgrammingError
from psycopg import errors

from config.kernel.database.pipeline import TRIED_PSYCOPG
from config.kernel.database.sql import Row, rows
from config.kernel.schema.grants import missing_grants

#: So far the bank's clock may be from the server's, in seconds: both are read one after the other.
CLOCK_SECONDS = 1.0
#: Thirty-two random bytes have thirty different ones; fewer than half of them are no accident.
KEY_BYTES, DIFFERENT_BYTES = 32, 16
SECRET_CHARACTERS, DIFFERENT_CHARACTERS = 50, 12
#: Of so many tables missing grants are named.
GRANTS_NAMED = 10
#: How a generator of projects marks a secret that is no secret.
INSECURE = "django-insecure-"

# Whoever is a member of the owner may become it; whoever owns a trigger's function may write another in its place.
_STATE = """
SELECT abs(extract(epoch FROM bank_now() - clock_timestamp()))::float AS seconds_off,
       EXISTS (SELECT FROM pg_proc WHERE proname = 'bank_now' AND prosrc LIKE '%%kernel_sandboxclock%%') AS sandbox,
       (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
       has_parameter_privilege('session_replication_role', 'SET') AS replicates,
       EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
               AND pg_has_role(c.relowner, 'MEMBER'))
       OR EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
                  AND pg_has_role(p.proowner, 'MEMBER'))
       OR (SELECT pg_has_role(datdba, 'MEMBER') FROM pg_database WHERE datname = current_database()) AS owner
"""
_SESSION = "SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only') = 'on' AS read_only"
_CLOCK = "SELECT abs(extract(epoch FROM bank_now() - clock_timestamp()))::float AS seconds_off"

_owner_at_work: ContextVar[bool] = ContextVar("owner_at_work", default=False)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that the bank must not stand on.

    :ivar id: of the system check.
    :ivar sentence: what is wrong and what helps, without any part of a key.
    :ivar refuses: False where it is only told, as in a sandbox.
    :ivar owed: whether `migrate` is what helps.
    """

    id: str
    sentence: str
    refuses: bool = True
    owed: bool = False


type Condition[T] = Callable[[T], str | None]

_of_apps: dict[str, Callable[[], list[Fault]]] = {}


def register(name: str, ask: Callable[[], list[Fault]]) -> None:
    """Let an app say what of its own a database must have; asked wherever the role and the clock are.

    :param name: of the app.
    :param ask: returns what is wrong, nothing before the migrations that make what it looks at.
    """
    _of_apps[name] = ask


def fault(name: str, sentence: str, *, refuses: bool = True, owed: bool = False) -> Fault:
    """Return something that the bank must not stand on; in a sandbox it is told only.

    :param refuses: False where it is only told everywhere.
    """
    return Fault(name, sentence, refuses=refuses and not settings.SANDBOX, owed=owed)


@contextmanager
def as_owner() -> Iterator[None]:
    """Let the owner of the tables do what is the owner's: migrate, grant, confirm a restore, change keys."""
    token = _owner_at_work.set(True)
    try:
        yield
    finally:
        _owner_at_work.reset(token)


def owner_is_at_work() -> bool:
    """Return whether this is `as_owner`."""
    return _owner_at_work.get()


# --- what the settings say --------------------------------------------------------------------------------------


def weak_field_key(_: None = None) -> str | None:
    """Say which field key is too short, too regular or no base64."""
    weak = [key_id for key_id, key in settings.BANK_FIELD_KEYS.items() if _is_weak(key, exactly=True)]
    if not weak:
        return None
    return f"BANK_FIELD_KEYS: key {', '.join(weak)} is weak. Each is base64 of {KEY_BYTES} random bytes."


def weak_index_key(_: None = None) -> str | None:
    """Say that the index key is too short, too regular or no base64: the last one, which all others stand behind."""
    if not _is_weak(_index_key()):
        return None
    return f"BANK_INDEX_KEY is weak. It is base64 of at least {KEY_BYTES} random bytes."


def one_key_for_two_ends(_: None = None) -> str | None:
    """Say that the index is made with a key that seals."""
    indexing = _decoded(_index_key())
    same = [
        key_id
        for key_id, key in settings.BANK_FIELD_KEYS.items()
        if indexing and hmac.compare_digest(_decoded(key), indexing)
    ]
    return f"BANK_INDEX_KEY and key {', '.join(same)} of BANK_FIELD_KEYS are one key." if same else None


def one_key_twice(_: None = None) -> str | None:
    """Say that a key stands there twice."""
    for name, keys in (
        ("BANK_FIELD_KEYS", list(settings.BANK_FIELD_KEYS.values())),
        ("BANK_INDEX_KEY", settings.BANK_INDEX_KEY.split(",")),
    ):
        decoded = [_decoded(key) for key in keys]
        if len(set(decoded)) < len(decoded):
            return f"{name} holds one key twice. Each key is another."
    return None


def weak_secret(_: None = None) -> str | None:
    """Say that the secret that signs sessions is short or regular."""
    for name, secrets in (
        ("BANK_SECRET_KEY", [settings.SECRET_KEY]),
        ("BANK_SECRET_KEY_FALLBACKS", settings.SECRET_KEY_FALLBACKS),
    ):
        if any(_is_poor(secret) for secret in secrets):
            return f"{name} is weak. It is at least {SECRET_CHARACTERS} random characters."
    return None


def any_host(_: None = None) -> str | None:
    """Say that the bank answers under any name."""
    if "*" not in settings.ALLOWED_HOSTS or settings.SANDBOX:
        return None
    return "BANK_ALLOWED_HOSTS is *. Name the hosts under which clients reach the bank."


def untried_driver(_: None = None) -> str | None:
    """Say that psycopg is of a minor version on which the pipeline has not been tried."""
    if psycopg.__version__.startswith(f"{TRIED_PSYCOPG}."):
        return None
    return (
        f"psycopg {psycopg.__version__} is installed, and config/kernel/database/pipeline.py, which uses its private parts, is tried "
        f"on {TRIED_PSYCOPG} alone. Install the packages of requirements/*.lock."
    )


# --- what the database says -------------------------------------------------------------------------------------


def clock_of_a_sandbox(state: Row) -> str | None:
    """Say that the bank's clock is one that can be moved, or is not the server's."""
    if settings.SANDBOX:
        return None
    if state["sandbox"]:
        return (
            "The bank's clock of this database is the sandbox's, but SANDBOX is off. "
            "Run `manage.py sandbox_clock remove` on a database that never was a sandbox."
        )
    if state["seconds_off"] > CLOCK_SECONDS:
        return f"The bank's clock is {state['seconds_off']:.0f} s from the server's. Put the production clock back."
    return None


def owner_at_work(state: Row) -> str | None:
    """Say that the application could switch a trigger off."""
    if _owner_at_work.get():
        return None
    if state["superuser"]:
        might = "is a superuser"
    elif state["owner"]:
        might = "owns the database or tables or functions of the bank, or is a member of their owner"
    elif state["replicates"]:
        might = "may set session_replication_role"
    else:
        return None
    return (
        f"The application's database role {might}: no trigger binds it. "
        "Run it under a role of its own with the grants of `manage.py grant_application`."
    )


def replica(state: Row) -> str | None:
    """Say that a session cannot write, so that what it reads may be of an earlier instant.

    A decision about money rests on what stands when it is made. A standby that follows in good health may tell of two
    payments in an order in which nobody saw them (Jepsen, Amazon RDS for PostgreSQL 17.4, 2025-04-29: Long Fork).
    """
    if state["standby"]:
        return (
            "This database is a standby. Name the primary in DATABASE_URL: nothing about money is decided by a replica."
        )
    if state["read_only"]:
        return (
            "This database only reads (default_transaction_read_only). "
            "Name one that writes in DATABASE_URL: nothing about money is decided by a replica."
        )
    return None


def ungranted(_: None = None) -> str | None:
    """Say which grants the application's role lacks."""
    missing = missing_grants()
    if not missing:
        return None
    more = f"; and on {len(missing) - GRANTS_NAMED} more" if len(missing) > GRANTS_NAMED else ""
    return (
        f"The application's database role lacks {'; '.join(missing[:GRANTS_NAMED])}{more}. "
        "Run `manage.py grant_application` with its name as the tables' owner."
    )


SETTINGS: tuple[tuple[str, Condition[None]], ...] = (
    ("kernel.E005", weak_field_key),
    ("kernel.E006", weak_index_key),
    ("kernel.E007", one_key_for_two_ends),
    ("kernel.E008", one_key_twice),
    ("kernel.E009", weak_secret),
    ("kernel.E010", any_host),
    ("kernel.E015", untried_driver),
)
DATABASE: tuple[tuple[str, Condition[Row]], ...] = (
    ("kernel.E001", clock_of_a_sandbox),
    ("kernel.E004", owner_at_work),
)
GRANTS: tuple[tuple[str, Condition[None]], ...] = (("kernel.E013", ungranted),)
SESSION: tuple[tuple[str, Condition[Row]], ...] = (("kernel.E011", replica),)


def faults_of_settings() -> list[Fault]:
    """Return what is wrong with the settings; nobody is asked."""
    return [fault(name, said) for name, condition in SETTINGS if (said := condition(None))]


def faults_of_database() -> list[Fault]:
    """Return what is wrong with the clock and the role, and what the apps find; nothing before the first migration.

    Where a grant is missing that alone is said: what is asked next might be refused for want of it.
    """
    if lacking := faults_of_grants():
        return lacking
    try:
        state = rows(_STATE)[0]
    except ProgrammingError as error:
        if isinstance(error.__cause__, errors.UndefinedFunction):
            return []
        raise
    return [fault(name, said) for name, condition in DATABASE if (said := condition(state))] + _faults_of_apps()


def faults_of_grants() -> list[Fault]:
    """Return which grants this session's role lacks."""
    return [fault(name, said) for name, condition in GRANTS if (said := condition(None))]


def owed() -> list[str]:
    """Return what the owner's `migrate` would still tell the database, although no migration waits."""
    return [found.sentence for ask in _of_apps.values() for found in ask() if found.owed]


def faults_of_session() -> list[Fault]:
    """Return what is wrong with the server behind this session: another one may have another.

    Not among `faults`: a copy of the database that only reads may be proved.
    """
    state = session_state()
    return [fault(name, said) for name, condition in SESSION if (said := condition(state))]


def session_state() -> Row:
    """Return whether the server is a `standby`, and whether this session is `read_only`."""
    return rows(_SESSION)[0]


def faults() -> list[Fault]:
    """Return everything that this process must not stand on."""
    return faults_of_settings() + faults_of_database()


def clock_is_moved() -> bool:
    """Say whether the clock that releases are judged by is not the server's, outside a sandbox."""
    return not settings.SANDBOX and bool(rows(_CLOCK)[0]["seconds_off"] > CLOCK_SECONDS)


def _faults_of_apps() -> list[Fault]:
    # The owner is about to tell the database what it lacks.
    return [] if _owner_at_work.get() else [found for ask in _of_apps.values() for found in ask()]


def _index_key() -> str:
    return str(settings.BANK_INDEX_KEY).split(",")[-1]


def _is_weak(key: str, *, exactly: bool = False) -> bool:
    raw = _decoded(key)
    wrong_length = len(raw) != KEY_BYTES if exactly else len(raw) < KEY_BYTES
    # What is all letters and digits was typed, or is another notation of half as many bytes.
    return wrong_length or len(set(raw)) < DIFFERENT_BYTES or raw.isalnum()


def _is_poor(secret: str) -> bool:
    return len(secret) < SECRET_CHARACTERS or len(set(secret)) < DIFFERENT_CHARACTERS or secret.startswith(INSECURE)


def _decoded(key: str) -> bytes:
    try:
        return b64decode(key, validate=True)
    except ValueError:
        return b""
