"""Queries of listings and of registered certificates."""

from blacklist.queries.certificate_refs import restriction_answers, with_certificates
from blacklist.queries.letter_facts import (
    LetterCertificate,
    LetterRevocation,
    letter_certificates,
    names_in,
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
from blacklist.queries.owed_letters import owed_letters_query

__all__ = [
    "LetterCertificate",
    "LetterRevocation",
    "Listings",
    "OutsideAccount",
    "case_account_key",
    "case_accounts_query",
    "letter_certificates",
    "listed",
    "listed_holders_query",
    "listings_query",
    "lock_keys",
    "names_in",
    "owed_letters_query",
    "register_queries",
    "restriction_answers",
    "with_certificates",
]
