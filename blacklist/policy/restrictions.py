"""Restrictions of a person or an account, derived from listings at each decision and never stored.

So no stored restriction can be left behind when a penalty ends or a certificate is revoked, and a later account is
restricted like an earlier one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from blacklist.policy.listings import Listing, Reverified
from blacklist.policy.penalties import PENALIZED
from blacklist.policy.terms import Term, terms_of
from blacklist.regimes import CaseMeasure, LegalBasis, is_narrower, left_open_text, measure_text, verb_of
from blacklist.regimes.shape import (
    GRACE_DAYS,
    PROVISIONAL_REASON,
    PROVISIONAL_STOP,
    SENTENCE_REASON,
    WHOLE,
    grace_reason,
)
from blacklist.vocabulary import (
    INFLOWS,
    THIS_BANK,
    Act,
    Category,
    Direction,
    RestrictionCause,
    RestrictionKind,
    open_end_of,
)
from config.kernel.identity.account_numbers import account_reference
from config.kernel.law.clauses import PBOC_261_CASE_HOLDER, Clause, clause_text
from config.kernel.law.dates import day_end, rfc3339, shanghai_day
from config.kernel.law.ends import OPEN, end_text, last_day
from config.kernel.law.text import Text


@dataclass(frozen=True, slots=True)
class Restriction:
    """A restriction (限制): what it stops, why, and until when; the end is exclusive.

    The term counts from `starts_at`; it restricts from the certificate's approval on.

    :ivar clause: the legal clause; None for a house rule (本行规则).
    :ivar acts: the acts that it stops; None for all acts of its kind.
    :ivar legal_basis: legal basis of its certificate.
    :ivar house_reason: reason for a house rule.
    """

    kind: RestrictionKind
    cause: RestrictionCause
    clause: Clause | None
    starts_at: datetime
    until: datetime | None
    certificate_id: UUID
    acts: frozenset[Act] | None = None
    legal_basis: LegalBasis | None = None
    house_reason: Text | None = None

    def stops(self, act: Act) -> bool:
        """Return whether it stops an act."""
        return act in self.stopped

    @property
    def direction(self) -> Direction | None:
        """Return the direction of business that it stops; None for a bar on opening."""
        if self.kind is RestrictionKind.OPENING_BARRED:
            return None
        return Direction.BOTH if self.stopped & INFLOWS else Direction.OUT

    @property
    def text(self) -> Text:
        """Return the name of the restriction (限制措施)."""
        return measure_text(self.kind, self.stopped, verb_of(self.cause, self.legal_basis or ""))

    @property
    def is_narrower(self) -> bool:
        """Return whether it leaves some acts open that its kind usually stops."""
        return is_narrower(self.kind, self.stopped)

    @property
    def goes_on(self) -> Text | None:
        """Return the business that it leaves open, as pages for the bank's staff say it; None if it leaves none."""
        return self.goes_on_for("")

    def goes_on_for(self, subject: str) -> Text | None:
        """Return the business that it leaves open, in words for the restricted customer; None if it leaves none.

        From a payment account stopped because of a case account, no money leaves before its holder is re-verified.

        :param subject: kind of the customer.
        """
        if self.kind is RestrictionKind.PAYMENT_BUSINESS_SUSPENDED and self.cause is not RestrictionCause.PENALTY:
            return None
        return left_open_text(self.kind, self.stopped, subject)

    @property
    def counts_by_sentence(self) -> bool:
        """Return whether an instrument has its measure, and only its term, counted from a sentence, is a house rule."""
        return self.house_reason == SENTENCE_REASON

    @property
    def grounds(self) -> str:
        """Return the clause of the restriction or, for a house rule, its reason (依据)."""
        return str(self.house_reason) if self.house_reason else clause_text(self.clause)

    @property
    def stopped(self) -> frozenset[Act]:
        """Return all acts that it stops."""
        return WHOLE[self.kind] if self.acts is None else self.acts

    @property
    def code(self) -> str:
        """Return the code of a refusal because of it."""
        return self.kind.value

    @property
    def end(self) -> Text:
        """Return its end in words."""
        return end_text(self.until, open_end_of(self.cause) or OPEN)

    def answer(self) -> dict[str, Any]:
        """Return the restriction as the API shows it."""
        return {
            "kind": self.cause.value,
            "code": self.code,
            # A suspension both ways has no extra field: the contract's fields are enough.
            **({"direction": Direction.OUT.value} if self.direction is Direction.OUT else {}),
            "clause": str(self.clause) if self.clause else None,
            "starts_at": rfc3339(self.starts_at),
            "until": rfc3339(self.until),
            "last_day": day.isoformat() if (day := last_day(self.until)) else None,
            "certificate_id": str(self.certificate_id),
        }


def measures_of(listing: Listing, *, among: Iterable[Listing] = (), grace_days: int = 0) -> tuple[Restriction, ...]:
    """Return all measures of one certificate against a person, past, present and future (惩戒措施).

    :param among: all certificates in force that list the same person, once for each document, because terms may add
        up.
    """
    if listing.category not in PENALIZED:
        return tuple(_case_holder(listing, grace_days)) if listing.of_holder else ()
    # Certificates with another basis do not add up, and their basis may be unknown to this version.
    alike = (each for each in _each_certificate(among) if each.legal_basis == listing.legal_basis)
    others = (each for each in alike if each.certificate_id != listing.certificate_id)
    return tuple(_penalty(listing, _terms([listing, *others])))


def restrictions_of_person(
    listings: Iterable[Listing],
    *,
    at: datetime,
    reverified: Reverified | None = None,
    grace_days: int = 0,
) -> tuple[Restriction, ...]:
    """Derive the restrictions of a person or organization at an instant (对人的限制).

    Each certificate counts alone, and the latest end counts. Terms add up only if the legal basis says so.

    :param listings: listings of any document of the holder, or of any present or past account here.
    :param at: the instant of the decision.
    :param reverified: the holder's last re-verification; it lifts only the suspension of a case account's holder by
        earlier certificates.
    :param grace_days: whole days within which a case account's holder may be re-verified; 0 or more.
    :source: 《关于防范和打击电信网络诈骗犯罪的通告》 article 5; 银发〔2016〕261号 一(二); 银发〔2019〕85号;
        《电信网络诈骗及其关联违法犯罪联合惩戒办法》.
    """
    found = _of_person(listings, at=at, reverified=reverified, grace_days=grace_days)
    return tuple(each for each in found if each.starts_at <= at and (each.until is None or at < each.until))


def grace_of_person(
    listings: Iterable[Listing],
    *,
    at: datetime,
    reverified: Reverified | None = None,
    grace_days: int = 0,
) -> tuple[Restriction, ...]:
    """Derive the restrictions of a case account's holder that begin after the days of grace (宽限期内).

    They never begin if the holder is re-verified in time. The parameters are those of
    :func:`restrictions_of_person`.

    :source: 银发〔2016〕261号 一(二): 3日内, from 2017-01-01.
    """
    found = _of_person(listings, at=at, reverified=reverified, grace_days=grace_days)
    return tuple(each for each in found if each.cause is RestrictionCause.CASE_HOLDER and at < each.starts_at)


def _of_person(
    listings: Iterable[Listing], *, at: datetime, reverified: Reverified | None, grace_days: int
) -> list[Restriction]:
    """Return the restrictions by certificates in force, whether begun, over or future."""
    found: list[Restriction] = []
    decided = (each for each in listings if not each.provisional)
    begun = [each for each in _each_certificate(decided) if each.restricts_from <= at]
    terms = _terms(begun)
    for listing in begun:
        if listing.category in PENALIZED:
            found += _penalty(listing, terms)
        elif listing.of_holder and not listing.is_lifted_by(reverified):
            found += _case_holder(listing, grace_days)
    return found


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
    """Derive the restrictions of one account at an instant (对账户的限制).

    A case account is stopped entirely; the suspension by the same certificate applies to the holder's other accounts.
    While the certificate is undecided, only the named account is stopped: it pays nothing out (临时止付). The bar on
    opening does not apply to existing accounts.

    :param listings: listings of the holder, as for :func:`restrictions_of_person`.
    :param account_number: the account's number at this bank.
    :param card_keys: keys of all cards of this account, also cancelled or replaced ones, because police name an
        account by the card that was used (涉案账户的卡号).
    :param payment: whether it is a payment account (支付账户): all its business is suspended.
    """
    listings = tuple(listings)
    stops = _stops(listings, account_number, card_keys, at)
    person = restrictions_of_person(listings, at=at, reverified=reverified, grace_days=grace_days)
    return stops + _of_other_account(person, stops, payment=payment)


def grace_of_account(
    listings: Iterable[Listing],
    *,
    account_number: str,
    card_keys: Collection[bytes],
    payment: bool,
    at: datetime,
    reverified: Reverified | None = None,
    grace_days: int = 0,
) -> tuple[Restriction, ...]:
    """Derive restrictions of a case account holder's account that begin after the days of grace (宽限期内).

    The parameters are those of :func:`restrictions_of_account`; the case account itself is stopped already.

    :source: 银发〔2016〕261号 一(二): 3日内, from 2017-01-01.
    """
    listings = tuple(listings)
    stops = _stops(listings, account_number, card_keys, at)
    person = grace_of_person(listings, at=at, reverified=reverified, grace_days=grace_days)
    return _of_other_account(person, stops, payment=payment)


def _stops(
    listings: Iterable[Listing], account_number: str, card_keys: Collection[bytes], at: datetime
) -> tuple[Restriction, ...]:
    """Return the restrictions by certificates that name the account or one of its cards."""
    number, _ = account_reference(account_number, THIS_BANK)
    naming = [
        listing
        for listing in listings
        if listing.category == Category.CASE_ACCOUNT
        and (_number_of(listing) == number or listing.card_key in card_keys)
        and listing.restricts_from <= at
    ]
    return tuple(_case_account(listing) for listing in _each_certificate(naming))


def _of_other_account(
    person: Iterable[Restriction], stops: Iterable[Restriction], *, payment: bool
) -> tuple[Restriction, ...]:
    """Return a person's restrictions that apply to an account, except those of certificates that name it."""
    named_by = {stop.certificate_id for stop in stops}
    wanted = RestrictionKind.PAYMENT_BUSINESS_SUSPENDED if payment else RestrictionKind.NON_COUNTER_SUSPENDED
    return tuple(each for each in person if each.kind == wanted and each.certificate_id not in named_by)


def _number_of(listing: Listing) -> str | None:
    return None if listing.account_number is None else account_reference(listing.account_number, THIS_BANK)[0]


def _each_certificate(listings: Iterable[Listing]) -> Iterator[Listing]:
    """Yield one listing per certificate, that of an account holder if there is one."""
    found: dict[UUID, Listing] = {}
    for listing in listings:
        if listing.of_holder or listing.certificate_id not in found:
            found[listing.certificate_id] = listing
    return iter(found.values())


type _Terms = Mapping[tuple[UUID, RestrictionKind], Term]


def _terms(listings: Iterable[Listing]) -> _Terms:
    """Return the length of each measure for penalties that are in force together."""
    by_basis: defaultdict[LegalBasis, list[Listing]] = defaultdict(list)
    for each in listings:
        if each.category in PENALIZED:
            by_basis[each.legal_basis].append(each)
    found: dict[tuple[UUID, RestrictionKind], Term] = {}
    for of_basis in by_basis.values():
        regime = of_basis[0].regime
        for measure in regime.penalty:
            terms = terms_of(of_basis, regime, measure)
            found |= {(certificate_id, measure.kind): term for certificate_id, term in terms.items()}
    return found


def _penalty(listing: Listing, terms: _Terms) -> Iterator[Restriction]:
    regime = listing.regime
    reason = SENTENCE_REASON if listing.counts_by_sentence else regime.house_reason_for(listing.category)
    for measure in regime.penalty:
        term = terms[listing.certificate_id, measure.kind]
        if term.is_empty:
            # It would begin after the five years of its chain.
            continue
        yield Restriction(
            kind=measure.kind,
            cause=RestrictionCause.PENALTY,
            clause=None if reason else measure.clause,
            starts_at=term.starts_at,
            until=term.until,
            certificate_id=listing.certificate_id,
            acts=measure.stops,
            legal_basis=listing.legal_basis,
            house_reason=reason,
        )


def _case_holder(listing: Listing, grace_days: int) -> Iterator[Restriction]:
    starts_at = listing.restricts_from
    if grace_days:
        # "3日内": the day of the notice does not count, the last day counts whole.
        starts_at = max(starts_at, day_end(shanghai_day(listing.named_since) + timedelta(days=grace_days)))
    for measure in listing.regime.case_holder:
        begun = _of_case(listing, measure, RestrictionCause.CASE_HOLDER, starts_at)
        yield begun if not grace_days else replace(begun, **_grounds_of_grace(grace_days))


def _grounds_of_grace(days: int) -> dict[str, Any]:
    """Return clause and reason of a suspension that begins after days of grace; no basis but document 261 has days.

    :source: 银发〔2016〕261号 一(二): 3日内, from 2017-01-01; house rule for another number of days.
    """
    if days == GRACE_DAYS:
        return {"clause": PBOC_261_CASE_HOLDER, "house_reason": None}
    return {"clause": None, "house_reason": grace_reason(days)}


def _case_account(listing: Listing) -> Restriction:
    if listing.provisional:
        return Restriction(
            kind=RestrictionKind.CASE_ACCOUNT_STOPPED,
            cause=RestrictionCause.PROVISIONAL,
            clause=None,
            starts_at=listing.restricts_from,
            until=None,
            certificate_id=listing.certificate_id,
            acts=PROVISIONAL_STOP,
            legal_basis=listing.legal_basis,
            house_reason=PROVISIONAL_REASON,
        )
    measure = listing.regime.case_account
    return _of_case(listing, measure, RestrictionCause.CASE_ACCOUNT, listing.restricts_from)


def _of_case(listing: Listing, measure: CaseMeasure, cause: RestrictionCause, starts_at: datetime) -> Restriction:
    return Restriction(
        kind=measure.kind,
        cause=cause,
        clause=measure.clause,
        starts_at=starts_at,
        until=None,
        certificate_id=listing.certificate_id,
        acts=measure.stops,
        legal_basis=listing.legal_basis,
    )
