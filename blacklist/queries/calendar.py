"""Which certificates ever named people, in one statement for all of them."""

from collections.abc import Iterable, Iterator, Sequence

from blacklist.policy.calendar import ListingPeriod
from blacklist.queries.listings import LISTINGS_EVER, asked_about, read_listing
from blacklist.vocabulary import THIS_BANK, CertificateStatus
from config.kernel.database.sql import Row, rows
from config.kernel.identity.account_numbers import account_reference

#: What a picture can hold; who is named more often is shown the newest.
MOST = 100

_DRAWN = (CertificateStatus.IN_FORCE, CertificateStatus.REVOKED)

#: One person: the keys of all documents, all accounts here, past and present, and the keys of all cards on these.
type PersonKeys = tuple[Iterable[bytes], Iterable[str], Iterable[bytes]]


def entries_of(people: Sequence[PersonKeys], *, revoked_too: bool = True) -> list[list[ListingPeriod]]:
    """Return, for each of some people, the certificates in force, and those revoked since, that name them or their accounts."""
    asked = [
        (set(keys), {account_reference(each, THIS_BANK)[0] for each in numbers}, set(cards))
        for keys, numbers, cards in people
    ]
    every = [set().union(*each) for each in zip(*asked, strict=True)] or [set(), set(), set()]
    statuses = [each.value for each in (_DRAWN if revoked_too else _DRAWN[:1])]
    found = rows(LISTINGS_EVER, {**asked_about(*every), "statuses": statuses})
    return [_newest(_hits(found, *each)) for each in asked]


def _hits(found: Iterable[Row], keys: set[bytes], numbers: set[str], cards: set[bytes]) -> Iterator[ListingPeriod]:
    for row in found:
        listing = read_listing(row)
        if listing.identity_key in keys or listing.account_number in numbers or listing.card_key in cards:
            yield ListingPeriod(listing, row["doc_no"], revoked_at=row["revoked_at"], corrected=row["corrected"])


def _how_far(each: ListingPeriod) -> tuple[bool, bool, float]:
    over = each.revoked_at
    return each.listing.of_holder, over is None, over.timestamp() if over else 0


def _newest(hits: Iterable[ListingPeriod]) -> list[ListingPeriod]:
    """Return each certificate once, as it hits a holder, if it does, and as long as any part of it does."""
    by_certificate = {each.listing.certificate_id: each for each in sorted(hits, key=_how_far)}
    newest = sorted(by_certificate.values(), key=lambda each: each.listing.certificate_id, reverse=True)
    return sorted(newest, key=lambda each: each.listing.certified_on, reverse=True)[:MOST]
