"""Data of a bank before measuring: accounts with holder and card, held transfers; written by SQL in sets.

Rows without ledger entries, maker or checker are written with the triggers of their tables disabled.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction

from benchmarks.bank.report import Report
from benchmarks.generators.numbers import citizen_number
from config.kernel.access.keys import Caller, digest_of, new_key
from config.kernel.database.ids import new_id
from config.kernel.database.sql import ask, insert, rows, send
from config.kernel.identity.cards import luhn_check_digit
from config.kernel.models import MACHINES, Founding, Person, Principal
from config.kernel.vault.sealed import card_key, name_key, seal, seal_context

NAME = "测试"
EACH_FEN = 100_000_000
AMOUNT_FEN = 1_234
COPIED = 5_000
#: Tables to which held transfers are written.
TABLES = "accounts_account transfers_transfer"
_PEOPLE = """
CREATE UNLOGGED TABLE IF NOT EXISTS bench_person (n int, customer_id uuid, account_id uuid, card_id uuid, name bytea,
    name_index bytea, card bytea, card_index bytea);
TRUNCATE bench_person;
CREATE TABLE IF NOT EXISTS bench_number (n int PRIMARY KEY, number_index bytea, account_number text);
"""
#: These names and cards are never decrypted; cards in use have their index in `bench_number`.
_IN_SETS = """
INSERT INTO bench_person SELECT n, uuidv7(), uuidv7(), uuidv7(), '\\x00', %(name)s, '\\x00',
    coalesce(k.number_index, sha256(('card ' || n)::bytea))
FROM generate_series(%(first)s, %(last)s) n LEFT JOIN bench_number k USING (n)
"""
_ACCOUNTS = (
    """
    INSERT INTO accounts_customer (id, kind, status, name, name_index, created_at)
    SELECT customer_id, 'individual', 'active', name, name_index, bank_now() FROM bench_person ORDER BY n
    """,
    """
    INSERT INTO accounts_identity (id, customer_id, key)
    SELECT uuidv7(), customer_id, sha256(('person ' || n)::bytea) FROM bench_person ORDER BY n
    """,
    """
    INSERT INTO accounts_account (id, customer_id, account_number, kind, account_class, class_slot, status, opened_at,
                                  balance_fen, held_fen)
    SELECT account_id, customer_id, (620000000000 + n)::text, 'bank', 'I', 1, 'open', bank_now(), %(fen)s, 0
    FROM bench_person ORDER BY n
    """,
    """
    INSERT INTO accounts_card (id, account_id, customer_id, product, status, slot, issued_at, number, number_index)
    SELECT card_id, account_id, customer_id, 'debit', 'active', 1, bank_now(), card, card_index
    FROM bench_person ORDER BY n
    """,
)
#: Principal of the orders of held transfers, and the clearing accounts of other banks.
_OTHERS = """
INSERT INTO kernel_principal (id, name, role, active) VALUES (uuidv7(), 'atm-bench', 'atm', true);
INSERT INTO kernel_founding (id, what, object, why)
SELECT uuidv7(), 'kernel_principal', id::text, 'trial' FROM kernel_principal WHERE name = 'atm-bench';
INSERT INTO accounts_internalaccount (id, kind, bank_code)
SELECT uuidv7(), 'clearing', 'BANK' || i FROM generate_series(1, 13) i;
CREATE TABLE bench_bank AS
SELECT id, bank_code, row_number() OVER (ORDER BY id) - 1 AS n FROM accounts_internalaccount WHERE bank_code LIKE 'BANK%';
"""
#: Payers and payees: accounts numbered from 0, all or every n-th.
_PARTIES = """
DROP TABLE IF EXISTS bench_account;
CREATE TABLE bench_account AS
SELECT id, account_number, row_number() OVER (ORDER BY random()) - 1 AS n FROM accounts_account
WHERE (account_number::bigint - 620000000000) %% %(step)s = 1 %% %(step)s;
CREATE UNIQUE INDEX ON bench_account (n);
"""
#: Each transfer is paid from the next account, and one in five goes to another bank. The instant of acceptance of the
#: i-th is an SQL expression.
_HELD = """
CREATE TEMPORARY TABLE bench_order AS
SELECT uuidv7() AS id, payer.id AS payer_id, i %% 5 = 0 AS outside, payee.id AS payee_id, payee.account_number,
       bank.id AS internal_id, bank.bank_code, {accepted_at} AS accepted_at
FROM generate_series(1, %(count)s) i
JOIN bench_account payer ON payer.n = (i + %(first)s) %% %(accounts)s
JOIN bench_account payee ON payee.n = (i + %(first)s + 7919) %% %(accounts)s
JOIN bench_bank bank ON bank.n = i %% 13;
UPDATE accounts_account a SET held_fen = held_fen + d.fen
FROM (SELECT payer_id, count(*) * {amount} AS fen FROM bench_order GROUP BY 1) d WHERE a.id = d.payer_id;
INSERT INTO transfers_transfer (id, status, channel, arrival, amount_fen, payer_account_id, payee_account_id,
    payee_internal_id, payee_account_number, payee_sealed, payee_key, payee_bank_code, accepted_at, due_at, same_holder,
    rule_code, rule_clause, rule_profile, outcome_code, made_by_id, attempts, hold_seconds)
SELECT id, 'held', 'atm', 'real_time', {amount}, payer_id, CASE WHEN NOT outside THEN payee_id END,
    CASE WHEN outside THEN internal_id END, CASE WHEN outside THEN '' ELSE account_number END,
    CASE WHEN outside THEN 'x'::bytea END, CASE WHEN outside THEN sha256(account_number::bytea) END,
    CASE WHEN outside THEN bank_code ELSE '' END,
    accepted_at, accepted_at + interval '24 hours', false, 'ATM_24_HOURS', 'clause', 'NOTICE_2016', '',
    (SELECT id FROM kernel_principal WHERE name = 'atm-bench'), 0, 86400
FROM bench_order;
INSERT INTO transfers_event (transfer_id, at, actor_id, old_status, new_status, code, released_by)
SELECT id, accepted_at, (SELECT id FROM kernel_principal WHERE name = 'atm-bench'), '', 'held', '', '' FROM bench_order;
DROP TABLE bench_order;
"""
#: Due at the time of writing.
AT_ONCE = "clock_timestamp() - interval '24 hours'"
#: Counts the accounts whose reserved amount differs from their held transfers.
UNRESERVED = """
SELECT count(*) AS count FROM accounts_account a LEFT JOIN (
    SELECT payer_account_id, sum(amount_fen) AS held FROM transfers_transfer WHERE status = 'held' GROUP BY 1
) t ON t.payer_account_id = a.id WHERE a.held_fen <> coalesce(t.held, 0)
"""
_MONEY = """
SELECT (SELECT sum(balance_fen) FROM accounts_account)
       + (SELECT coalesce(sum(amount_fen), 0) FROM accounts_entry WHERE internal_id IS NOT NULL) AS fen
"""
_RIGHT = f"""
SELECT coalesce((SELECT sum(amount_fen) FROM accounts_entry), 0) = 0 AS "entries add up to nothing",
       ({UNRESERVED}) = 0 AS "accounts reserve what held transfers hold",
       NOT EXISTS (SELECT FROM transfers_transfer t LEFT JOIN accounts_entry e ON e.posting_id = t.id
                   GROUP BY t.id HAVING count(e.id) <> CASE t.status WHEN 'posted' THEN 2 ELSE 0 END)
       AS "each posted transfer has two entries, no other has one",
       NOT EXISTS (SELECT FROM transfers_transfer t LEFT JOIN transfers_event e
                   ON e.transfer_id = t.id AND e.released_by <> '' AND e.lateness_ms >= 0
                   GROUP BY t.id HAVING count(e.id) <> CASE t.status WHEN 'held' THEN 0 ELSE 1 END)
       AS "each transfer that ended was released once, none early",
       NOT EXISTS (SELECT FROM transfers_transfer t WHERE t.status <> 'held' AND (t.status = 'returned') <>
                   EXISTS (SELECT FROM accounts_freeze z WHERE z.account_id = t.payer_account_id))
       AS "what came back is of a frozen payer, what was posted is not"
"""
_LATENESS = """
SELECT count(*) AS count, count(DISTINCT transfer_id) AS once, coalesce(min(lateness_ms), 0) AS least,
       coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY lateness_ms), 0) AS p50,
       coalesce(percentile_disc(0.99) WITHIN GROUP (ORDER BY lateness_ms), 0) AS p99, coalesce(max(lateness_ms), 0) AS most,
       count(*) FILTER (WHERE released_by = 'celery') AS celery, max(at) AS last,
       min(at - lateness_ms * interval '1 millisecond') AS first_due
FROM transfers_event WHERE released_by <> '' AND id > %(after)s
  AND at - lateness_ms * interval '1 millisecond' >= %(since)s AND at - lateness_ms * interval '1 millisecond' < %(until)s
"""


# --- numbers ------------------------------------------------------------------------------------


def citizen(number: int) -> str:
    """Return a citizen number, different for each number."""
    district, born = 110101 + number // 24000 // 900, date(1940, 1, 1) + timedelta(days=number % 24000)
    return citizen_number(f"{district:06d}", born, number // 24000 % 900 + 1)


def card_number(number: int) -> str:
    """Return the number of a person's card."""
    body = f"62284{number:010d}"
    return body + luhn_check_digit(body)


def account_number(number: int) -> str:
    """Return the number of a person's account."""
    return str(6200_0000_0000 + number)


# --- principals ---------------------------------------------------------------------------------


def principal(role: str, name: str = "") -> Caller:
    """Return a principal for a trial, created if needed."""
    name = name or f"bench-{role}"
    found = Principal.objects.filter(name=name).first()
    if found is None:
        found = Principal(id=new_id(), name=name, role=role)
        with transaction.atomic():
            if role not in MACHINES:
                found.person = Person(id=new_id(), staff_number=f"B-{found.id.hex[-8:]}".upper())
                ask(insert(found.person))
            send(_founded(found), insert(found))
    return Caller(id=found.id, name=found.name, role=found.role, person_id=found.person_id)


def key_of(role: str, name: str = "") -> str:
    """Return a new API key of a principal with a role."""
    text, row = new_key(principal(role, name).id)
    with transaction.atomic():
        send(_founded(row), insert(row))
    return text


def two_of(role: str) -> tuple[Caller, Caller]:
    """Return two principals of a role: one proposes, the other approves."""
    return principal(role), principal(role, f"bench-{role}-2")


def _founded(row: Any) -> Any:
    return insert(Founding(id=new_id(), what=row._meta.db_table, object=str(row.pk), why=Founding.Why.TRIAL))


# --- accounts -----------------------------------------------------------------------------------


def past_the_guards(tables: str, *statements: str) -> str:
    """Return a script that writes to some tables with their triggers disabled.

    :param tables: names of the tables, separated by blanks.
    """
    asleep, awake = (
        [f"ALTER TABLE {table} {verb} TRIGGER USER" for table in tables.split()] for verb in ("DISABLE", "ENABLE")
    )
    return ";\n".join(
        each.strip().rstrip(";") for each in (*asleep, *statements, "SET CONSTRAINTS ALL IMMEDIATE", *awake)
    )


def copy(table: str, lines: Iterable[Sequence[object]], advance: Callable[[int], object] = lambda _: None) -> None:
    """Copy rows into a table, a chunk at a time."""
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as stream:
        chunk: list[str] = []

        def write() -> None:
            if chunk:
                stream.write("\n".join(chunk) + "\n")
                advance(len(chunk))
                chunk.clear()

        for line in lines:
            chunk.append("\t".join(f"\\\\x{each.hex()}" if isinstance(each, bytes) else str(each) for each in line))
            if len(chunk) == COPIED:
                write()
        write()


def seed(accounts: int, *, fen: int = 10**12) -> str:
    """Create customers with an account, a card and money each; return a terminal's API key."""
    numbers, index = range(1, accounts + 1), name_key(NAME)
    rows(_PEOPLE)
    copy("bench_person", (_person(number, index) for number in numbers))
    _write_accounts(fen)
    rows("INSERT INTO bench_number SELECT n, card_index, (620000000000 + n)::text FROM bench_person")
    key = key_of("atm")
    rows("CREATE TABLE bench_caller AS SELECT %s::bytea AS digest, %s::bytea AS name_index", [digest_of(key), index])
    rows("VACUUM (ANALYZE)")
    return key


def _person(number: int, index: bytes) -> list[object]:
    customer, card, plastic = new_id(), new_id(), card_number(number)
    sealed = seal(NAME, where=seal_context("accounts_customer", "name", customer))
    of_card = seal(plastic, where=seal_context("accounts_card", "number", card))
    return [number, customer, new_id(), card, sealed, index, of_card, card_key(plastic)]


def seed_in_sets(first: int, last: int, *, fen: int = EACH_FEN, used: Sequence[int] = ()) -> None:
    """Create accounts whose names are never decrypted.

    :param used: numbers of the accounts whose cards pay.
    """
    rows(_PEOPLE)
    keys = [card_key(card_number(number)) for number in used]
    rows("INSERT INTO bench_number (n, number_index) SELECT * FROM unnest(%s::int[], %s::bytea[])", [list(used), keys])
    rows(_IN_SETS, {"first": first, "last": last, "name": name_key(NAME)})
    _write_accounts(fen)


def _write_accounts(fen: int) -> None:
    with transaction.atomic():
        rows(past_the_guards("accounts_account", *_ACCOUNTS), {"fen": fen})


def add_parties(*, step: int = 1, frozen_each: int = 0) -> None:
    """Give every account of a given step held transfers, and freeze some, whose transfers will be returned."""
    if not rows("SELECT to_regclass('bench_bank') AS found")[0]["found"]:
        rows(_OTHERS)
    rows(_PARTIES, {"step": step})
    if frozen_each:
        rows(
            "INSERT INTO accounts_freeze (id, account_id, authority, order_no, placed_at) "
            "SELECT uuidv7(), id, 'court', '1', now() FROM bench_account WHERE n %% %(each)s = 0",
            {"each": frozen_each},
        )


# --- held transfers -----------------------------------------------------------------------------


def hold(count: int, first: int, accounts: int, accepted_at: str = AT_ONCE) -> None:
    """Create held transfers, one payer after the other.

    :param first: number of the first payer; the count continues with each transfer.
    :param accounts: number of accounts with transfers.
    :param accepted_at: SQL expression of `i`, the number of the transfer from 1.
    """
    script = past_the_guards(TABLES, _HELD.format(accepted_at=accepted_at, amount=AMOUNT_FEN))
    with transaction.atomic():
        rows(script, {"count": count, "first": first, "accounts": accounts})


def hold_stream(rate: int, seconds: int, first_seconds: float, first: int, accounts: int) -> None:
    """Create held transfers that fall due at a constant rate.

    :param rate: transfers per second.
    :param first_seconds: seconds from now to the first due instant; by then all must be written.
    """
    since = f"bank_now() - interval '24 hours' + interval '{first_seconds} seconds'"
    hold(rate * seconds, first, accounts, f"{since} + i * interval '1 second' / {rate}")


# --- what came of it ----------------------------------------------------------------------------


def money() -> int:
    """Return the total money of all accounts, clearing accounts of other banks included."""
    found: int = rows(_MONEY)[0]["fen"]
    return found


def held_now() -> int:
    """Return the number of held transfers."""
    found: int = rows("SELECT count(*) AS count FROM transfers_transfer WHERE status = 'held'")[0]["count"]
    return found


def promise_rows(report: Report, *, fen: int, held: int) -> None:
    """Check all rows of a bank whose transfers are only held and released.

    :param fen: total money at the beginning.
    :param held: expected number of held transfers.
    """
    report.promise("money is what it was", money() == fen)
    report.promise("so many are held as were not released", held_now() == held)
    for name, kept in rows(_RIGHT)[0].items():
        report.promise(name, kept)


def last_event() -> int:
    """Return the id of the last step of any transfer."""
    found: int = rows("SELECT coalesce(max(id), 0) AS id FROM transfers_event")[0]["id"]
    return found


def lateness(after: int = 0, since: Any = "-infinity", until: Any = "infinity") -> dict[str, Any]:
    """Return the lateness in milliseconds of releases of transfers due within a time.

    :param after: only releases after this step.
    """
    return rows(_LATENESS, {"after": after, "since": since, "until": until})[0]


@contextmanager
def in_database(name: str) -> Iterator[None]:
    """Connect Django to another database of the server."""
    was = connection.settings_dict["NAME"]
    try:
        connection.close()
        connection.settings_dict["NAME"] = name
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = was
