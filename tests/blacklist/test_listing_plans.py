"""Listed persons are found by index among very many certificates, with the planner's defaults."""

import pytest

from blacklist.queries import listings_query
from config.kernel.database.sql import ask, rows
from tests import factories
from tests.clock import NOON
from tests.database_refusals import past_the_guards
from tests.plans import plans_of, vacuum

pytestmark = pytest.mark.django_db(transaction=True)

#: Certificates of case accounts at other banks, each with one subject.
MANY = """
WITH made AS (
    INSERT INTO blacklist_certificate (id, doc_no, authority_name, authority_compared, region_code, level, certified_on,
        category, legal_basis, status, review_reasons, content, made_by_id, made_at, in_force_at)
    SELECT gen_random_uuid(), n::text, 'x', 'x', '440100', 'prefecture', '2026-01-01', 'CASE_ACCOUNT', 'NOTICE_2016',
           'in_force', '{}', 'x', %(by)s, %(at)s, %(at)s
    FROM generate_series(1, 20000) n RETURNING id
), known AS (
    INSERT INTO blacklist_subject (id, identity_key, kind, document_type, country, document_number, name, name_index)
    SELECT id, sha256(id::text::bytea), 'individual', 'resident_id', '', 'x', 'x', sha256(id::text::bytea) FROM made
), named AS (
    INSERT INTO blacklist_certificatesubject (id, certificate_id, subject_id, document_type, country, document_number, name)
    SELECT gen_random_uuid(), id, id, 'resident_id', '', 'x', 'x' FROM made
)
INSERT INTO blacklist_caseaccount (id, certificate_id, account_number, bank_code, outside_number, outside_key)
SELECT gen_random_uuid(), id, '', 'YZ', 'x', sha256(id::text::bytea) FROM made
"""
TABLES = ("blacklist_certificate", "blacklist_subject", "blacklist_certificatesubject", "blacklist_caseaccount")


@pytest.mark.parametrize("asked", [1, 2, 200])
def test_a_subject_and_whether_an_account_elsewhere_is_named(noon, asked):
    by = factories.caller("compliance")
    with past_the_guards(*TABLES):
        rows(MANY, {"by": by.id, "at": NOON})
    vacuum(*TABLES)
    keys = [bytes(row["key"]) for row in rows(f"SELECT identity_key AS key FROM blacklist_subject LIMIT {asked}")]
    query = listings_query(keys, ["6000000000000001"], [b"k" * 32])
    found = []
    for plan in plans_of(lambda: found.append(ask(query)), table="blacklist_caseaccount"):
        assert plan.scanned == set()
    (listings,) = found
    assert all(each.of_holder for each in listings.of(keys, [], []))
    assert len(listings.of(keys, [], [])) == asked
