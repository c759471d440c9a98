"""Present and past listings of a customer, revoked ones included (曾经的列名)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from blacklist.policy.calendar import ListingPeriod
from blacklist.policy.listings import Listing
from blacklist.queries.certificate_refs import CertificateRef
from blacklist.queries.listings import LISTINGS_EVER, STOPPED_EVER, asked_about, listings_ever, read_listing
from blacklist.vocabulary import THIS_BANK, CertificateStatus
from config.kernel.database.sql import Row, rows
from config.kernel.identity.account_numbers import account_reference

# Listings in force now and in the past; the revocation of the whole or of a part has an id of its own. Then the
# provisional stops, until their decision.
_EVER = f"""
SELECT l.certificate_id, l.category, l.legal_basis, l.certified_on, l.term_from, l.term_to,
       l.sentence_kind, l.sentence_effective_on, l.sentence_served_on, l.in_force_at, l.provisional, l.identity_key, l.account_number, l.card_key, l.names_outside, l.authority_name, l.doc_no,
       l.revoked_at, coalesce(l.revocation_id, r.id, y.id) AS revocation_id, l.since, l.corrects_id,
       l.revocation_id IS NULL AND y.id IS NOT NULL AS corrected
FROM ({listings_ever("c.status IN ('in_force', 'revoked')")}) l
LEFT JOIN blacklist_revocation r ON r.certificate_id = l.certificate_id AND r.status = 'in_force' AND r.whole
LEFT JOIN blacklist_certificate y
  ON y.corrects_id = l.certificate_id AND y.corrects_id IS NOT NULL AND y.status IN ('in_force', 'revoked')
UNION ALL
SELECT l.certificate_id, l.category, l.legal_basis, l.certified_on, l.term_from, l.term_to,
       l.sentence_kind, l.sentence_effective_on, l.sentence_served_on, l.in_force_at, l.provisional, l.identity_key, l.account_number, l.card_key, l.names_outside, c.authority_name, c.doc_no,
       (SELECT max(a.decided_at) FROM kernel_approval a WHERE a.object_id = c.id AND a.kind = 'certificate'), NULL,
       NULL, l.corrects_id, false
FROM ({STOPPED_EVER}) l
JOIN blacklist_certificate c ON c.id = l.certificate_id
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class PastListing:
    """A listing with its certificate and its end: revocation, correction, or end of the provisional stop.

    :ivar revocation_id: id of the revocation or correction that ended it.
    :ivar corrected: True if a correction replaced it.
    """

    listing: Listing
    certificate: CertificateRef
    revoked_at: datetime | None = None
    revocation_id: UUID | None = None
    corrected: bool = False

    def was_effective_at(self, at: datetime) -> bool:
        """Return whether the certificate was in force, or stopped provisionally, at an instant."""
        return self.listing.in_force_at <= at and (self.revoked_at is None or at < self.revoked_at)


def find_past_listings(
    identity_keys: Iterable[bytes], account_numbers: Iterable[str], card_keys: Iterable[bytes]
) -> tuple[PastListing, ...]:
    """Return the present and past listings of one customer, by one query.

    :param identity_keys: identities of one customer; `account_numbers` and `card_keys` are those of the same customer.
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


#: Maximum of a chart; for persons named more often, the newest are shown.
MOST = 100

_DRAWN = (CertificateStatus.IN_FORCE, CertificateStatus.REVOKED)

#: One person: keys of all documents, all present and past accounts here, and keys of all cards of these accounts.
type PersonKeys = tuple[Iterable[bytes], Iterable[str], Iterable[bytes]]


def entries_of(people: Sequence[PersonKeys], *, revoked_too: bool = True) -> list[list[ListingPeriod]]:
    """Return for each person the certificates, in force or revoked since, that list the person."""
    asked = [
        (set(keys), {account_reference(each, THIS_BANK)[0] for each in numbers}, set(cards))
        for keys, numbers, cards in people
    ]
    every = [set().union(*each) for each in zip(*asked, strict=True)] or [set(), set(), set()]
    statuses = [each.value for each in (_DRAWN if revoked_too else _DRAWN[:1])]
    found = rows(LISTINGS_EVER, {**asked_about(*every), "statuses": statuses})
    return [_newest(_hits(found, *each)) for each in asked]


def _hits(listings: Iterable[Row], keys: set[bytes], numbers: set[str], cards: set[bytes]) -> Iterator[ListingPeriod]:
    for row in listings:
        listing = read_listing(row)
        if listing.identity_key in keys or listing.account_number in numbers or listing.card_key in cards:
            yield ListingPeriod(listing, row["doc_no"], revoked_at=row["revoked_at"], corrected=row["corrected"])


def _end_key(each: ListingPeriod) -> tuple[bool, bool, float]:
    over = each.revoked_at
    return each.listing.of_holder, over is None, over.timestamp() if over else 0


def _newest(hits: Iterable[ListingPeriod]) -> list[ListingPeriod]:
    """Return each certificate once: as one of a holder if it is, and for as long as any of its parts lasts."""
    by_certificate = {each.listing.certificate_id: each for each in sorted(hits, key=_end_key)}
    newest = sorted(by_certificate.values(), key=lambda each: each.listing.certificate_id, reverse=True)
    return sorted(newest, key=lambda each: each.listing.certified_on, reverse=True)[:MOST]
