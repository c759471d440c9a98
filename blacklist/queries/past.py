"""What ever listed a customer, also what has been revoked since (曾经的列名)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from blacklist.policy.listings import Listing
from blacklist.queries.certificate_refs import CertificateRef
from blacklist.queries.listings import STOPPED_EVER, listings_ever, read_listing
from blacklist.vocabulary import THIS_BANK
from config.kernel.database.sql import Row, rows
from config.kernel.identity.account_numbers import account_reference

# The listings of now, and of certificates that were in force once; what revoked one, or part of it, has an id of its
# own. Then what certificates stopped provisionally, until they were decided.
_EVER = f"""
SELECT l.certificate_id, l.category, l.legal_basis, l.certified_on, l.term_from, l.term_to, l.in_force_at,
       l.provisional, l.identity_key, l.account_number, l.card_key, l.names_outside, l.authority_name, l.doc_no,
       l.revoked_at, coalesce(l.revocation_id, r.id, y.id) AS revocation_id, l.since, l.corrects_id,
       l.revocation_id IS NULL AND y.id IS NOT NULL AS corrected
FROM ({listings_ever("c.status IN ('in_force', 'revoked')")}) l
LEFT JOIN blacklist_revocation r ON r.certificate_id = l.certificate_id AND r.status = 'in_force' AND r.whole
LEFT JOIN blacklist_certificate y
  ON y.corrects_id = l.certificate_id AND y.corrects_id IS NOT NULL AND y.status IN ('in_force', 'revoked')
UNION ALL
SELECT l.certificate_id, l.category, l.legal_basis, l.certified_on, l.term_from, l.term_to, l.in_force_at,
       l.provisional, l.identity_key, l.account_number, l.card_key, l.names_outside, c.authority_name, c.doc_no,
       (SELECT max(a.decided_at) FROM kernel_approval a WHERE a.object_id = c.id AND a.kind = 'certificate'), NULL,
       NULL, l.corrects_id, false
FROM ({STOPPED_EVER}) l
JOIN blacklist_certificate c ON c.id = l.certificate_id
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class PastListing:
    """A listing, by which paper, and when it was revoked, if it was; of a provisional stop, when that was over.

    :ivar revocation_id: of what revoked the certificate, or corrected it.
    :ivar corrected: it is over because a correction has taken its place.
    """

    listing: Listing
    certificate: CertificateRef
    revoked_at: datetime | None = None
    revocation_id: UUID | None = None
    corrected: bool = False

    def stood(self, at: datetime) -> bool:
        """Say whether the certificate was in force, or stopped provisionally, at an instant."""
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
        read_listing(row),
        CertificateRef(row["authority_name"], row["doc_no"]),
        row["revoked_at"],
        row["revocation_id"],
        row["corrected"],
    )
