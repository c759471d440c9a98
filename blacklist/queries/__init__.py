"""Who of these is listed, and what is registered."""

from blacklist.queries.among import listed_among_statement
from blacklist.queries.listings import (
    Listings,
    case_account_key,
    case_accounts_statement,
    listed,
    listings_statement,
    read_listings,
)

__all__ = [
    "Listings",
    "case_account_key",
    "case_accounts_statement",
    "listed",
    "listed_among_statement",
    "listings_statement",
    "read_listings",
]
