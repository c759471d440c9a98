"""Data of a large bank: customers with documents, accounts and cards, and the register of certificates.

The application encrypts and indexes texts, because pages decrypt them. The database creates all data that need no
key, in sets.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from benchmarks.cases.common import Begin
from benchmarks.cases.seeds import card_number, citizen, copy
from benchmarks.generators.words import MEN, SURNAMES
from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from config.kernel.vault.sealed import card_key, identity_key, name_key, phone_key, seal, seal_context

#: Customers with many held transfers, with many certificates, and with neither.
BUSY, LISTED, PLAIN = 1, 3, 5
LISTED_TIMES = 30
#: One certificate in this number names a customer whose penalty ends within the week.
ENDING_EACH = 199
CASE_SHARE = 50
SHARED_PHONE = "13900000000"

_PEOPLE = """
CREATE UNLOGGED TABLE bench_person (
    n int, customer_id uuid, name bytea, name_index bytea, phone bytea, phone_index bytea, document_id uuid,
    number bytea, identity_key bytea, card_id uuid, card bytea, card_index bytea
)
"""
_PAPERS = """
CREATE UNLOGGED TABLE bench_paper (
    n int, certificate_id uuid, subject_id uuid, identity_key bytea, subject_number bytea, subject_name bytea,
    name_index bytea, listed_id uuid, listed_number bytea, listed_name bytea
)
"""
_CUSTOMERS = (
    """
    INSERT INTO accounts_customer (id, kind, status, name, name_index, phone, phone_index, created_at)
    SELECT customer_id, 'individual', 'active', name, name_index, phone, phone_index,
           %(at)s - interval '900 days' * random() FROM bench_person ORDER BY n
    """,
    """
    CREATE UNLOGGED TABLE bench_account AS
    SELECT n, uuidv7() AS id, customer_id, card_id, (620000000000 + n)::text AS account_number
    FROM bench_person ORDER BY n
    """,
    "CREATE UNIQUE INDEX ON bench_account (n)",
    "CREATE UNIQUE INDEX ON bench_person (n)",
    """
    INSERT INTO accounts_identity (id, customer_id, key)
    SELECT uuidv7(), customer_id, identity_key FROM bench_person ORDER BY n
    """,
    """
    INSERT INTO accounts_document (id, customer_id, identity_id, identity_key, status, type, country, number,
                                   valid_until, is_primary, created_at)
    SELECT p.document_id, p.customer_id, i.id, p.identity_key, 'active', 'resident_id', '', p.number,
           (%(at)s + interval '5 years')::date, true, %(at)s FROM bench_person p
    JOIN accounts_identity i ON i.customer_id = p.customer_id ORDER BY p.n
    """,
    """
    INSERT INTO accounts_account (id, customer_id, account_number, kind, account_class, class_slot, status, opened_at,
                                  balance_fen, held_fen)
    SELECT id, customer_id, account_number, 'bank', 'I', 1, 'open', %(at)s - interval '800 days', 1000000000000, 0
    FROM bench_account ORDER BY n
    """,
    """
    INSERT INTO accounts_account (id, customer_id, account_number, kind, account_class, class_slot, status, opened_at,
                                  balance_fen, held_fen)
    SELECT uuidv7(), customer_id, (6218000000000000 + n)::text, 'bank', 'II', 1, 'open', %(at)s - interval '700 days',
           100000, 0 FROM bench_account WHERE n %% 10 = 1 ORDER BY n
    """,
    """
    INSERT INTO accounts_card (id, account_id, customer_id, product, status, number, number_index, slot, issued_at,
                               activated_at)
    SELECT p.card_id, a.id, p.customer_id, 'debit', 'active', p.card, p.card_index, 1, %(at)s - interval '800 days',
           %(at)s - interval '799 days' FROM bench_person p JOIN bench_account a USING (n) ORDER BY p.n
    """,
    """
    INSERT INTO accounts_freeze (id, account_id, authority, order_no, placed_at, until, lifted_at)
    SELECT uuidv7(), id, '某市中级人民法院', '冻' || n, placed_at, CASE WHEN n %% 3 = 0 THEN placed_at + '180 days' END,
           CASE WHEN n %% 10 <> 7 THEN placed_at + interval '90 days' END
    FROM (SELECT *, %(at)s - interval '800 days' * (1 - n / max(n) OVER ()::float) AS placed_at FROM bench_account) a
    WHERE n %% 20 = 7 ORDER BY n
    """,
)
_CERTIFICATES = (
    """
    CREATE UNLOGGED TABLE bench_certificate AS
    SELECT n, certificate_id AS id, made_at,
           CASE WHEN at - made_at < interval '6 days' THEN CASE WHEN n %% 5 = 0 THEN 'manual_review' ELSE 'pending' END
                WHEN n %% 40 = 0 THEN 'revoked' WHEN n %% 50 = 1 THEN 'rejected' ELSE 'in_force' END AS status,
           CASE WHEN n %% %(case_share)s = 0 THEN 'CASE_ACCOUNT'
                ELSE (ARRAY['RENT', 'LEND', 'SELL', 'BUY', 'ORGANISE'])[1 + n %% 5] END AS category,
           (ARRAY['青岛', '广州', '成都', '武汉', '南京', '杭州', '西安', '长沙', '郑州', '济南'])[1 + n %% 10] AS city
    FROM (SELECT *, %(at)s AS at, %(at)s - interval '1000 days' * (1 - n / max(n) OVER ()::float) AS made_at
          FROM bench_paper) p ORDER BY n
    """,
    """
    INSERT INTO blacklist_certificate (id, doc_no, authority_name, authority_compared, region_code, level, certified_on,
        category, legal_basis, status, review_reasons, content, made_by_id, made_at, in_force_at, revoked_at)
    SELECT id, left(city, 1) || '公反诈认字〔' || extract(year FROM made_at) || '〕' || lpad(n::text, 6, '0') || '号',
           city || '市公安局' || CASE WHEN n = 4444 THEN '海港分局' ELSE '' END,
           city || '市公安局' || CASE WHEN n = 4444 THEN '海港分局' ELSE '' END,
           (100000 + n %% 340 * 100)::text, 'prefecture', CASE WHEN n %% %(ending_each)s = 11 THEN (%(at)s - interval '3 years')::date + n %% 6
                ELSE (made_at - interval '20 days')::date END, category, 'NOTICE_2016',
           status, CASE WHEN status = 'manual_review' THEN ARRAY['NAME_DIFFERS'] ELSE ARRAY[]::varchar[] END,
           sha256(n::text::bytea), (SELECT id FROM kernel_principal WHERE name = 'compliance'), made_at,
           CASE WHEN status IN ('in_force', 'revoked') THEN made_at + interval '1 day' END,
           CASE WHEN status = 'revoked' THEN made_at + interval '5 days' END
    FROM bench_certificate ORDER BY n
    """,
    """
    INSERT INTO blacklist_subject (id, identity_key, kind, document_type, country, document_number, name, name_index)
    SELECT DISTINCT ON (identity_key) subject_id, identity_key, 'individual', 'resident_id', '', subject_number,
           subject_name, name_index FROM bench_paper ORDER BY identity_key, n
    """,
    """
    INSERT INTO blacklist_certificatesubject (id, certificate_id, subject_id, document_type, country, document_number,
                                              name)
    SELECT p.listed_id, p.certificate_id, s.id, 'resident_id', '', p.listed_number, p.listed_name
    FROM bench_paper p JOIN blacklist_subject s USING (identity_key) WHERE p.n %% %(case_share)s <> 0
    """,
    """
    INSERT INTO blacklist_caseaccount (id, certificate_id, account_number, bank_code)
    SELECT uuidv7(), c.id, a.account_number, '' FROM bench_certificate c, generate_series(0, 2) k
    JOIN LATERAL (SELECT account_number FROM bench_account b WHERE b.n = c.n + 100 + k) a ON true
    WHERE c.category = 'CASE_ACCOUNT'
    """,
    """
    INSERT INTO kernel_approval (id, kind, status, made_by_id, made_at, expires_at, decided_by_id, decided_at,
                                 object_type, object_id, before, after, subject_keys)
    SELECT uuidv7(), 'certificate', state, maker.id, made_at, made_at + interval '7 days',
           CASE WHEN state <> 'pending' THEN checker.id END,
           CASE WHEN state <> 'pending' THEN made_at + interval '1 day' END, 'certificate', c.id,
           '{"status": "pending"}', jsonb_build_object('doc_no', 'n ' || n, 'status', 'in_force', 'category', category,
           'authority', jsonb_build_object('name', city || '市公安局', 'level', 'prefecture')), '{}'
    FROM (SELECT *, CASE WHEN status IN ('pending', 'manual_review') THEN 'pending' WHEN status = 'rejected'
                    THEN 'rejected' ELSE 'approved' END AS state FROM bench_certificate) c
    JOIN kernel_principal maker ON maker.name = 'compliance'
    JOIN kernel_principal checker ON checker.name = 'compliance_2' ORDER BY n
    """,
)


def name_of(number: int) -> str:
    """Return the made-up name of a person."""
    given = MEN[number % 2]
    return (
        SURNAMES.words[number % len(SURNAMES.words)] + given[number % 29 % len(given)] + given[number % 23 % len(given)]
    )


def phone_number(number: int) -> str:
    """Return the phone number of a person; one in a thousand persons shares one."""
    return SHARED_PHONE if number % 100_000 == 7 else f"138{number:08d}"


def identity_of(number: int) -> bytes:
    """Return the identity key of a person."""
    return identity_key(f"citizen||{citizen(number)}")


def fill_people(count: int, at: datetime, begin: Begin) -> None:
    """Create customers with documents, accounts and cards."""
    rows(_PEOPLE)
    copy("bench_person", (_person(number) for number in range(1, count + 1)), begin("customers, sealed", count))
    run_all(_CUSTOMERS, {"at": at}, begin("customers, in sets", len(_CUSTOMERS)))


def fill_register(count: int, at: datetime, begin: Begin) -> None:
    """Create certificates with subjects and approvals."""
    rows(_PAPERS)
    copy("bench_paper", (_paper(number) for number in range(1, count + 1)), begin("certificates, sealed", count))
    params = {"at": at, "case_share": CASE_SHARE, "ending_each": ENDING_EACH}
    run_all(_CERTIFICATES, params, begin("certificates, in sets", len(_CERTIFICATES)))


@lru_cache(maxsize=10_000)
def _name_index(name: str) -> bytes:
    return name_key(name)


def _person(number: int) -> list[object]:
    customer, document, card = new_id(), new_id(), new_id()
    name, phone, plastic = name_of(number), phone_number(number), card_number(number)
    return [
        number, customer, seal(name, where=seal_context("accounts_customer", "name", customer)), _name_index(name),
        seal(phone, where=seal_context("accounts_customer", "phone", customer)), phone_key(phone), document,
        seal(citizen(number), where=seal_context("accounts_document", "number", document)), identity_of(number),
        card, seal(plastic, where=seal_context("accounts_card", "number", card)), card_key(plastic),
    ]  # fmt: skip


def _paper(number: int) -> list[object]:
    # Most subjects are no customers; one customer is named repeatedly, and the penalty of some ends soon.
    who = 5_000_000 + number
    if number % 100 == LISTED and number < 100 * LISTED_TIMES:
        who = LISTED
    elif number % ENDING_EACH == 11:
        who = number
    name, document = name_of(who), citizen(who)
    certificate, subject, listed = new_id(), new_id(), new_id()
    table, listing = "blacklist_subject", "blacklist_certificatesubject"
    return [
        number, certificate, subject, identity_of(who), seal(document, where=seal_context(table, "document_number", subject)),
        seal(name, where=seal_context(table, "name", subject)), _name_index(name), listed,
        seal(document, where=seal_context(listing, "document_number", listed)),
        seal(name, where=seal_context(listing, "name", listed)),
    ]  # fmt: skip


#: Rows without ledger entry, maker or checker are written with the triggers of these tables disabled.
_GUARDED = (
    "accounts_account", "accounts_entry", "transfers_transfer", "kernel_approval", "blacklist_certificatesubject",
    "blacklist_caseaccount",
)  # fmt: skip


def run_all(statements: Sequence[str], params: dict[str, Any], advance: Callable[[int], None]) -> None:
    """Run statements one after the other."""
    for table in _GUARDED:
        rows(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    for statement in statements:
        rows(statement, params)
        advance(1)
    for table in _GUARDED:
        rows(f"ALTER TABLE {table} ENABLE TRIGGER USER")
