"""What ever listed a customer, also what has been revoked since (曾经的列名)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from blacklist.policy.listings import Listing
from blacklist.queries.certificate_refs import CertificateRef
from blacklist.queries.listings import LISTINGS, read_listing
from blacklist.vocabulary import THIS_BANK
from config.kernel.identity.account_numbers import account_reference
from config.kernel.sql import Row, rows

# The listings of now, and of certificates that were in force once; what revoked one has an id of its own.
_EVER = f"""
SELECT l.*, c.revoked_at, c.authority_name, c.doc_no, r.id AS revocation_id
FROM ({LISTINGS.replace("c.status = 'in_force'", "c.status IN ('in_force', 'revoked')")}) l
JOIN blacklist_certificate c ON c.id = l.certificate_id
LEFT JOIN blacklist_revocation r ON r.certificate_id = c.id AND r.status = 'in_force'
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class PastListing:
    """A listing, by which paper, and when it was revoked, if it was.

    :ivar revocation_id: of what revoked the certificate.
    """

    listing: Listing
    certificate: CertificateRef
    revoked_at: datetime | None = None
    revocation_id: UUID | None = None

    def stood(self, at: datetime) -> bool:
        """Say whether the certificate was in force at an instant."""
        return self.listing.in_force_at <= at and (self.revoked_at is None or at < self.revoked_at)


def listed_ever(
    identity_keys: Iterable[bytes], account_numbers: Iterable[str], card_keys: Iterable[bytes]
) -> tuple[PastListing, ...]:
    """Return what lists these or did once, in one query.

    :param identity_keys: of one customer; likewise the account numbers of this bank and the keys of cards.
    """
    numbers = {account_reference(number, THIS_BANK)[0] for number in account_numbers}
    found = rows(_EVER, {"keys": list(set(identity_keys)), "numbers": list(numbers), "cards": list(set(card_keys))})
    return tuple(_past(row) for row in found)


def _past(row: Row) -> PastListing:
    return PastListing(
        read_listing(row), CertificateRef(row["authority_name"], row["doc_no"]), row["revoked_at"], row["revocation_id"]
    )
