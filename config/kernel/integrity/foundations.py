"""Requirements of a bank (系统基础): its clock, a role without ownership, strong keys.

Checked when a process starts, by `/readyz`, by `manage.py check` and by `manage.py reconcile`: one list for
all four. A sentence names the fault and no part of a key. In a sandbox a fault is only a warning.

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

#: Tolerance between the bank's and the server's clock in seconds: they are read one after the other.
CLOCK_SECONDS = 1.0
#: A random key of 32 bytes has about 30 different bytes; fewer than 16 are no accident.
KEY_BYTES, DIFFERENT_BYTES = 32, 16
SECRET_CHARACTERS, DIFFERENT_CHARACTERS = 50, 12
#: Maximum number of tables whose missing grants are named.
GRANTS_NAMED = 10
#: Django's mark for a secret that `startproject` has generated.
INSECURE = "django-insecure-"

# A member of the owner can become the owner; the owner of a trigger's function can replace it.
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
    """A fault of settings or database with which the bank must not work.

    :ivar id: of the system check.
    :ivar sentence: the fault and its remedy, without any part of a key.
    :ivar refuses: False for a warning, as in a sandbox.
    :ivar needs_migrate: whether `migrate` is the remedy.
    """

    id: str
    sentence: str
    refuses: bool = True
    needs_migrate: bool = False


type Condition[T] = Callable[[T], str | None]

_of_apps: dict[str, Callable[[], list[Fault]]] = {}


def register(name: str, ask: Callable[[], list[Fault]]) -> None:
    """Register an app's own check of the database; it runs together with the checks of role and clock.

    :param name: of the app.
    :param ask: returns the faults; none before the migrations that create what it checks.
    """
    _of_apps[name] = ask


def fault(name: str, sentence: str, *, refuses: bool = True, needs_migrate: bool = False) -> Fault:
    """Return a fault; in a sandbox it is a warning.

    :param refuses: False for a warning everywhere.
    """
    return Fault(name, sentence, refuses=refuses and not settings.SANDBOX, needs_migrate=needs_migrate)


@contextmanager
def as_owner() -> Iterator[None]:
    """Allow the acts of the tables' owner in this block: migrate, grant, confirm a restore, change keys."""
    token = _owner_at_work.set(True)
    try:
        yield
    finally:
        _owner_at_work.reset(token)


def owner_is_at_work() -> bool:
    """Return whether the code runs inside `as_owner`."""
    return _owner_at_work.get()


# --- what the settings say --------------------------------------------------------------------------------------


def weak_field_key(_: None = None) -> str | None:
    """Return a sentence about field keys that are too short, too regular or not base64; None without one."""
    weak = [key_id for key_id, key in settings.BANK_FIELD_KEYS.items() if _is_weak(key, exactly=True)]
    if not weak:
        return None
    return f"BANK_FIELD_KEYS: key {', '.join(weak)} is weak. Each is base64 of {KEY_BYTES} random bytes."


def weak_index_key(_: None = None) -> str | None:
    """Return a sentence when the last index key is too short, too regular or not base64; None otherwise.

    Only the last key is checked, because it also protects the hashes made with the others.
    """
    if not _is_weak(_index_key()):
        return None
    return f"BANK_INDEX_KEY is weak. It is base64 of at least {KEY_BYTES} random bytes."


def shared_key(_: None = None) -> str | None:
    """Return a sentence when a field key is also an index key; None otherwise."""
    indexing = _decoded(_index_key())
    same = [
        key_id
        for key_id, key in settings.BANK_FIELD_KEYS.items()
        if indexing and hmac.compare_digest(_decoded(key), indexing)
    ]
    return f"BANK_INDEX_KEY and key {', '.join(same)} of BANK_FIELD_KEYS are one key." if same else None


def duplicate_key(_: None = None) -> str | None:
    """Return a sentence when a key is configured twice; None otherwise."""
    for name, keys in (
        ("BANK_FIELD_KEYS", list(settings.BANK_FIELD_KEYS.values())),
        ("BANK_INDEX_KEY", settings.BANK_INDEX_KEY.split(",")),
    ):
        decoded = [_decoded(key) for key in keys]
        if len(set(decoded)) < len(decoded):
            return f"{name} holds one key twice. Each key is another."
    return None


def weak_secret(_: None = None) -> str | None:
    """Return a sentence when the secret that signs sessions is short or regular; None otherwise."""
    for name, secrets in (
        ("BANK_SECRET_KEY", [settings.SECRET_KEY]),
        ("BANK_SECRET_KEY_FALLBACKS", settings.SECRET_KEY_FALLBACKS),
    ):
        if any(_is_poor(secret) for secret in secrets):
            return f"{name} is weak. It is at least {SECRET_CHARACTERS} random characters."
    return None


def wildcard_host(_: None = None) -> str | None:
    """Return a sentence when the bank answers to any host name; None otherwise."""
    if "*" not in settings.ALLOWED_HOSTS or settings.SANDBOX:
        return None
    return "BANK_ALLOWED_HOSTS is *. Name the hosts under which clients reach the bank."


def untested_driver(_: None = None) -> str | None:
    """Return a sentence when the minor version of psycopg is untested with the pipeline; None otherwise."""
    if psycopg.__version__.startswith(f"{TRIED_PSYCOPG}."):
        return None
    return (
        f"psycopg {psycopg.__version__} is installed, and config/kernel/database/pipeline.py, which uses its private parts, is tried "
        f"on {TRIED_PSYCOPG} alone. Install the packages of requirements/*.lock."
    )


# --- what the database says -------------------------------------------------------------------------------------


def clock_of_a_sandbox(state: Row) -> str | None:
    """Return a sentence when the bank's clock can be moved or is not the server's; None otherwise."""
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


def owning_role(state: Row) -> str | None:
    """Return a sentence when the application's role could disable a trigger; None otherwise."""
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


def read_only_server(state: Row) -> str | None:
    """Return a sentence when the session is read-only, so that its data may be old; None otherwise.

    A decision about money depends on the present state. A healthy standby can show two payments in an order in
    which nobody saw them (Jepsen, Amazon RDS for PostgreSQL 17.4, 2025-04-29: Long Fork).
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


def lacking_grants(_: None = None) -> str | None:
    """Return a sentence with the grants that the application's role lacks; None without any."""
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
    ("kernel.E007", shared_key),
    ("kernel.E008", duplicate_key),
    ("kernel.E009", weak_secret),
    ("kernel.E010", wildcard_host),
    ("kernel.E015", untested_driver),
)
DATABASE: tuple[tuple[str, Condition[Row]], ...] = (
    ("kernel.E001", clock_of_a_sandbox),
    ("kernel.E004", owning_role),
)
GRANTS: tuple[tuple[str, Condition[None]], ...] = (("kernel.E013", lacking_grants),)
SESSION: tuple[tuple[str, Condition[Row]], ...] = (("kernel.E011", read_only_server),)


def faults_of_settings() -> list[Fault]:
    """Return the faults of the settings, without a query."""
    return [fault(name, said) for name, condition in SETTINGS if (said := condition(None))]


def faults_of_database() -> list[Fault]:
    """Return the faults of clock and role and those of the apps; none before the first migration.

    If a grant is missing, only that is returned, because further queries could fail for lack of it.
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
    """Return a fault for the grants that this session's role lacks."""
    return [fault(name, said) for name, condition in GRANTS if (said := condition(None))]


def unwritten_data() -> list[str]:
    """Return what the owner's `migrate` still has to write into the database although no migration is pending."""
    return [found.sentence for ask in _of_apps.values() for found in ask() if found.needs_migrate]


def faults_of_session() -> list[Fault]:
    """Return the faults of the server behind this session; another session may have another server.

    They are not among `faults`, because a read-only copy of the database may be proved.
    """
    state = session_state()
    return [fault(name, said) for name, condition in SESSION if (said := condition(state))]


def session_state() -> Row:
    """Return whether the server is a `standby`, and whether this session is `read_only`."""
    return rows(_SESSION)[0]


def faults() -> list[Fault]:
    """Return all faults with which this process must not work."""
    return faults_of_settings() + faults_of_database()


def clock_is_moved() -> bool:
    """Return whether, outside a sandbox, releases are judged by a clock that is not the server's."""
    return not settings.SANDBOX and bool(rows(_CLOCK)[0]["seconds_off"] > CLOCK_SECONDS)


def _faults_of_apps() -> list[Fault]:
    # The owner's command writes next what these checks would miss.
    return [] if _owner_at_work.get() else [found for ask in _of_apps.values() for found in ask()]


def _index_key() -> str:
    return str(settings.BANK_INDEX_KEY).split(",")[-1]


def _is_weak(key: str, *, exactly: bool = False) -> bool:
    raw = _decoded(key)
    wrong_length = len(raw) != KEY_BYTES if exactly else len(raw) < KEY_BYTES
    # A key of letters and digits only was typed, or is a text encoding of half as many bytes.
    return wrong_length or len(set(raw)) < DIFFERENT_BYTES or raw.isalnum()


def _is_poor(secret: str) -> bool:
    return len(secret) < SECRET_CHARACTERS or len(set(secret)) < DIFFERENT_CHARACTERS or secret.startswith(INSECURE)


def _decoded(key: str) -> bytes:
    try:
        return b64decode(key, validate=True)
    except ValueError:
        return b""
