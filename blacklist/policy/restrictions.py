"""From listings to restrictions: derived at each decision, by day and instant, and never stored.

So nothing can be forgotten when a penalty ends or a certificate is revoked, and an account opened
later is restricted like one that was there before.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from blacklist.policy.penalties import PENALIZED, penalty_clause, regime_of
from blacklist.policy.reverified import Reverified
from blacklist.vocabulary import THIS_BANK, Category, LegalBasis, RestrictionCause, RestrictionKind, open_end_of
from config.kernel.clauses import Clause
from config.kernel.dates import day_end, penalty_until, rfc3339, shanghai_day, start_of_day
from config.kernel.ends import OPEN, end_text, last_day
from config.kernel.identity.account_numbers import account_reference
from config.kernel.text import Text


@dataclass(frozen=True, slots=True)
class Listing:
    """One certificate in force, and by what it hits: a named subject or a case account here.

    Exactly one of `identity_key`, `account_number` and `card_key` is set. `in_force_at` is the instant of the
    approval: before it the certificate restricted nobody.

    :ivar names_outside: whether the certificate names a case account at another bank, too.
    """

    certificate_id: UUID
    category: Category
    legal_basis: LegalBasis
    certified_on: date
    in_force_at: datetime
    identity_key: bytes | None = field(default=None, repr=False)
    account_number: str | None = field(default=None, repr=False)
    card_key: bytes | None = field(default=None, repr=False)
    names_outside: bool = False

    @property
    def of_holder(self) -> bool:
        """Say whether it hits the holder of a case account (开户人).

        Whoever holds an account that is named here is hit by that account. A subject is a holder by being named only
        where an account at another bank may be the subject's: who holds that this bank cannot see.

        :source: 通告第五条, 银发〔2016〕261号 一(二): 涉案账户开户人名下其他银行账户, and nobody else's.
        """
        return self.identity_key is None or self.names_outside

    @property
    def restricts_from(self) -> datetime:
        """Return from when it restricts anybody: from its approval, and not before its legal basis does."""
        return max(self.in_force_at, start_of_day(regime_of(self.legal_basis).from_day))


@dataclass(frozen=True, slots=True)
class Restriction:
    """What is not possible, why, and until when (限制). Half-open: at `until` it is over.

    `starts_at` is where the period counts from; it restricts from the certificate's approval on.

    :ivar clause: None where a rule of the bank's own brings it (本行规则).
    """

    kind: RestrictionKind
    cause: RestrictionCause
    clause: Clause | None
    starts_at: datetime
    until: datetime | None
    certificate_id: UUID

    @property
    def code(self) -> str:
        """Return the code a refusal for it carries."""
        return self.kind.value

    @property
    def end(self) -> Text:
        """Return until when, as people read it."""
        return end_text(self.until, open_end_of(self.cause) or OPEN)

    def answer(self) -> dict[str, Any]:
        """Return it as the contract shows it."""
        return {
            "kind": self.cause.value,
            "code": self.code,
            "clause": str(self.clause) if self.clause else None,
            "starts_at": rfc3339(self.starts_at),
            "until": rfc3339(self.until),
            "last_day": day.isoformat() if (day := last_day(self.until)) else None,
            "certificate_id": str(self.certificate_id),
        }


def measures_of(listing: Listing, *, grace_days: int = 0) -> tuple[Restriction, ...]:
    """Return what one certificate brings upon a person, whenever it begins or ends (惩戒措施)."""
    if listing.category in PENALIZED:
        return tuple(_penalty(listing))
    return tuple(_case_holder(listing, grace_days)) if listing.of_holder else ()


def restrictions_of_person(
    listings: Iterable[Listing],
    *,
    at: datetime,
    reverified: Reverified | None = None,
    grace_days: int = 0,
) -> tuple[Restriction, ...]:
    """Derive what bears on a person or organization at an instant (对人的限制).

    Each certificate counts for itself: periods are never added up, and the end is that of the one
    that ends last.

    :param listings: what lists any document of the holder, or any account held here, past or present.
    :param at: the instant of the decision.
    :param reverified: how the holder was last identified again: it lifts the case holder's
        suspension by certificates in force before it, and nothing else.
    :param grace_days: whole days a case account's holder has to be verified again; 0 or more.
    :source: 《关于防范和打击电信网络诈骗犯罪的通告》 article 5; 银发〔2016〕261号 一(二).
    """
    found: list[Restriction] = []
    for listing in _each_certificate(listings):
        if listing.restricts_from > at:
            continue
        lifted = reverified is not None and reverified.comes_after(listing.certificate_id, listing.in_force_at)
        if listing.category in PENALIZED or not lifted:
            found += measures_of(listing, grace_days=grace_days)
    return tuple(each for each in found if each.starts_at <= at and (each.until is None or at < each.until))


def restrictions_of_account(
    listings: Iterable[Listing],
    *,
    account_number: str,
    card_keys: Collection[bytes],
    payment: bool,
    at: datetime,
    reverified: Reverified | None = None,
    grace_days: int = 0,
) -> tuple[Restriction, ...]:
    """Derive what bears on one account at an instant (对账户的限制).

    A case account is stopped entirely; the suspension by the same certificate is for the holder's
    other accounts. The bar on opening concerns no account that exists.

    :param listings: what lists the holder, as for :func:`restrictions_of_person`.
    :param account_number: the account's number at this bank.
    :param card_keys: of all cards on this account, whatever has become of them: police name an account
        by the card that was used (涉案账户的卡号), which may have been replaced since.
    :param payment: whether it is a payment account (支付账户): all its business is suspended.
    """
    listings = tuple(listings)
    number, _ = account_reference(account_number, THIS_BANK)
    naming = [
        listing
        for listing in listings
        if listing.category == Category.CASE_ACCOUNT
        and (_number_of(listing) == number or listing.card_key in card_keys)
        and listing.restricts_from <= at
    ]
    stops = tuple(_case_account(listing) for listing in _each_certificate(naming))
    named_by = {stop.certificate_id for stop in stops}
    wanted = RestrictionKind.PAYMENT_BUSINESS_SUSPENDED if payment else RestrictionKind.NON_COUNTER_SUSPENDED
    person = restrictions_of_person(listings, at=at, reverified=reverified, grace_days=grace_days)
    return stops + tuple(each for each in person if each.kind == wanted and each.certificate_id not in named_by)


def longest(restrictions: Iterable[Restriction], kind: RestrictionKind) -> Restriction | None:
    """Return the restriction of a kind that ends last; one without an end is the last of all.

    :returns: None when none is of this kind.
    """
    found = [each for each in restrictions if each.kind == kind]
    return max(found, key=lambda each: (each.until is None, each.until or each.starts_at)) if found else None


def _number_of(listing: Listing) -> str | None:
    return None if listing.account_number is None else account_reference(listing.account_number, THIS_BANK)[0]


def _each_certificate(listings: Iterable[Listing]) -> Iterator[Listing]:
    """Return one listing per certificate, however many documents or accounts it hits: as a holder's, if any does."""
    found: dict[UUID, Listing] = {}
    for listing in listings:
        if listing.of_holder or listing.certificate_id not in found:
            found[listing.certificate_id] = listing
    return iter(found.values())


def _penalty(listing: Listing) -> Iterator[Restriction]:
    for measure in regime_of(listing.legal_basis).penalty:
        yield Restriction(
            kind=measure.kind,
            cause=RestrictionCause.PENALTY,
            clause=penalty_clause(listing.legal_basis, listing.category, measure),
            starts_at=start_of_day(listing.certified_on),
            until=penalty_until(listing.certified_on, measure.years),
            certificate_id=listing.certificate_id,
        )


def _case_holder(listing: Listing, grace_days: int) -> Iterator[Restriction]:
    starts_at = listing.restricts_from
    if grace_days:
        # "3日内": the day of the notice is not counted, the last day is whole.
        starts_at = max(starts_at, day_end(shanghai_day(listing.in_force_at) + timedelta(days=grace_days)))
    for kind, clause in regime_of(listing.legal_basis).case_holder:
        yield Restriction(kind, RestrictionCause.CASE_HOLDER, clause, starts_at, None, listing.certificate_id)


def _case_account(listing: Listing) -> Restriction:
    return Restriction(
        kind=RestrictionKind.CASE_ACCOUNT_STOPPED,
        cause=RestrictionCause.CASE_ACCOUNT,
        clause=regime_of(listing.legal_basis).case_account,
        starts_at=listing.restricts_from,
        until=None,
        certificate_id=listing.certificate_id,
    )
