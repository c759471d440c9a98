"""Queries of listings and of registered certificates."""

from blacklist.queries.certificate_refs import restriction_answers, with_certificates
from blacklist.queries.letter_facts import (
    CertificateTold,
    RevocationTold,
    certificates_told,
    named_by,
)
from blacklist.queries.listings import (
    Listings,
    OutsideAccount,
    case_account_key,
    case_accounts_query,
    listed,
    listed_holders_query,
    listings_query,
    lock_keys,
    register_queries,
)
from blacklist.queries.owed_letters import to_be_told_query

__all__ = [
    "CertificateTold",
    "Listings",
    "OutsideAccount",
    "RevocationTold",
    "case_account_key",
    "case_accounts_query",
    "certificates_told",
    "listed",
    "listed_holders_query",
    "listings_query",
    "lock_keys",
    "named_by",
    "register_queries",
    "restriction_answers",
    "to_be_told_query",
    "with_certificates",
]
