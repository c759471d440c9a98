"""Letters that customers are owed (待出具信函): how certificates affect them, and which letters were issued.

For one customer or a page of them, in sets.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from accounts.letters.models import Letter
from accounts.letters.policy import Bearing, LetterSubject, is_due_again, letters_of, revocation_to_announce
from accounts.letters.vocabulary import BEGINNING, LetterKind
from accounts.models import Account, Customer, Reverification
from accounts.queries.customer_restrictions import Standing, SubjectKeys, reverified_of, subject_keys_of
from accounts.queries.merged_customers import surviving_ids
from accounts.queries.restriction_history import holders_named
from accounts.vocabulary import AccountStatus, RequestStatus
from blacklist.policy.listings import Listing
from blacklist.policy.penalties import PENALIZED
from blacklist.policy.restrictions import Restriction, measures_of
from blacklist.queries import (
    LetterCertificate,
    LetterRevocation,
    letter_certificates,
    listed,
    names_in,
    owed_letters_query,
)
from blacklist.queries.ending_penalties import longest_years
from blacklist.vocabulary import RestrictionCause
from config.kernel.database.sql import ask
from config.kernel.law.dates import add_years, shanghai_day
from config.kernel.law.ends import last_day


@dataclass(frozen=True, slots=True)
class CustomerCertificate:
    """One certificate as it affects a customer, with everything that a letter says of it.

    :ivar measures: its measures against the person, whenever they begin or end.
    :ivar stopped: the customer's accounts that it stops, as case accounts or provisionally, each with the
        restriction.
    :ivar revocation: what revoked it, or removed the customer from it.
    """

    bearing: Bearing
    paper: LetterCertificate
    measures: tuple[Restriction, ...] = ()
    stopped: tuple[tuple[Account, Restriction], ...] = ()
    revocation: LetterRevocation | None = None

    @property
    def last_day(self) -> date | None:
        """Return the last day of a penalty, None where it has none or none is known."""
        return last_day(self.bearing.until) if self.bearing.penalized else None


@dataclass(frozen=True, slots=True)
class CustomerLetters:
    """The letters that a customer is owed, and those issued.

    :ivar issued: every letter, the newest first; of several about the same the last one counts.
    """

    customer: Customer
    at: datetime
    standing: Standing
    certificates: tuple[CustomerCertificate, ...]
    issued: tuple[Letter, ...]

    @property
    def last_by_subject(self) -> Mapping[LetterSubject, Letter]:
        """Return the last letter about each subject."""
        return {(LetterKind(each.kind), each.about_id): each for each in reversed(self.issued)}

    def applying(self) -> Iterator[tuple[LetterSubject, CustomerCertificate]]:
        """Yield each letter that applies now, issued already or not, with its certificate; a release from several is one letter."""
        last, seen = self.last_by_subject, set()
        for certificate in self.certificates:
            for subject in letters_of(certificate.bearing, last, self.at):
                if subject not in seen:
                    seen.add(subject)
                    yield subject, certificate

    def owed(self) -> list[tuple[LetterSubject, CustomerCertificate]]:
        """Return the letters that are due: not issued yet, or issued with another end."""
        last = self.last_by_subject
        return [
            (subject, certificate)
            for subject, certificate in self.applying()
            if subject not in last or is_due_again(subject[0], named=last[subject].last_day, now=certificate.last_day)
        ]

    def certificates_of(self, subject: LetterSubject) -> list[CustomerCertificate]:
        """Return all certificates that a letter is about."""
        last = self.last_by_subject
        return [each for each in self.certificates if subject in set(letters_of(each.bearing, last, self.at))]


def letters_of_customers(
    customer_ids: Collection[UUID], at: datetime, keys: Mapping[UUID, SubjectKeys] | None = None
) -> dict[UUID, CustomerLetters]:
    """Return the owed and issued letters of some customers, in a dozen queries whatever their number.

    :param customer_ids: of customers who are not merged into another.
    :param keys: their subject keys, if the caller has locked these already.
    """
    ids = list(customer_ids)
    keys = keys or subject_keys_of(ids)
    by_key = listed(
        [each for of in keys.values() for each in of.identity_keys],
        [each for of in keys.values() for each in of.account_numbers],
        [each for of in keys.values() for each in of.card_keys],
    )
    accounts, letters, reverifications = _accounts(ids), _letters(ids), _reverifications(ids)
    customers = {each.id: each for each in Customer.objects.filter(pk__in=ids)}
    standings = {
        each.id: Standing(
            by_key.of(keys[each.id].identity_keys, keys[each.id].account_numbers, keys[each.id].card_keys),
            _cards_by_account(keys[each.id]),
            reverified_of(each),
            at,
        )
        for each in customers.values()
    }
    named = {listing.certificate_id for each in standings.values() for listing in each.listings}
    named |= {row.certificate_id for rows in letters.values() for row in rows if row.certificate_id is not None}
    certificates = letter_certificates(named)
    return {
        each: CustomerLetters(
            customer=customers[each],
            at=at,
            standing=standing,
            certificates=tuple(
                _customer_certificates(
                    standing, keys[each], accounts[each], letters[each], certificates, reverifications.get(each)
                )
            ),
            issued=tuple(letters[each]),
        )
        for each, standing in standings.items()
    }


def letters_of_customer(customer_id: UUID, at: datetime) -> CustomerLetters | None:
    """Return the owed and issued letters of a customer, after a merge those of the surviving one; None for an unknown id."""
    remains = surviving_ids([customer_id]).get(customer_id)
    return None if remains is None else letters_of_customers([remains], at)[remains]


def _customer_certificates(
    standing: Standing,
    keys: SubjectKeys,
    accounts: Collection[Account],
    letters: Collection[Letter],
    certificates: Mapping[UUID, LetterCertificate],
    reverified_by: UUID | None,
) -> Iterator[CustomerCertificate]:
    by_certificate: defaultdict[UUID, list[Listing]] = defaultdict(list)
    for listing in standing.listings:
        by_certificate[listing.certificate_id].append(listing)
    issued = {(LetterKind(each.kind), each.about_id) for each in letters}
    begun = {each.certificate_id for each in letters if each.kind in BEGINNING}
    for certificate_id, listings in by_certificate.items():
        # A listing of a holder comes first, because it suspends the other accounts, too.
        listing = next((each for each in listings if each.of_holder), listings[0])
        certificate = _of_listing(listing, standing, accounts, certificates[certificate_id], reverified_by)
        if not certificate.measures and not certificate.stopped:
            # Still listed, but without effect: a release may be due.
            certificate = _released(certificate_id, certificates[certificate_id], keys, issued) or certificate
        yield certificate
    # The newest certificate first: a release from it and from one that it corrected is one letter, about the newest.
    for certificate_id in sorted(filter(None, begun - by_certificate.keys()), reverse=True):
        if (released := _released(certificate_id, certificates[certificate_id], keys, issued)) is not None:
            yield released


def _released(
    certificate_id: UUID, paper: LetterCertificate, keys: SubjectKeys, issued: Collection[LetterSubject]
) -> CustomerCertificate | None:
    """Return a certificate that was revoked, or from which the customer was removed; None where neither is so."""
    out = {each.id: each for each in paper.out_for((*keys.identity_keys, *keys.card_keys), keys.account_numbers)}
    by = revocation_to_announce(list(out), issued)
    return (
        None
        if by is None
        else CustomerCertificate(Bearing(certificate_id, revocation_id=by), paper, revocation=out[by])
    )


def _of_listing(
    listing: Listing,
    standing: Standing,
    accounts: Collection[Account],
    paper: LetterCertificate,
    reverified_by: UUID | None,
) -> CustomerCertificate:
    certificate_id, grace = listing.certificate_id, settings.CASE_HOLDER_GRACE_DAYS
    measures = measures_of(listing, among=standing.listings, grace_days=grace)
    if listing.category in PENALIZED:
        ends = [each.until for each in measures]
        until = None if None in ends else max(filter(None, ends), default=None)
        bearing = Bearing(certificate_id, penalized=bool(measures), until=until, corrects=paper.corrects)
        return CustomerCertificate(bearing, paper, measures)
    stopped = tuple(
        (account, each)
        for account in accounts
        for each in standing.of_account(account)
        if each.certificate_id == certificate_id
        and each.cause in {RestrictionCause.CASE_ACCOUNT, RestrictionCause.PROVISIONAL}
    )
    if listing.provisional:
        # Not decided yet: it is announced once it is in force.
        return CustomerCertificate(Bearing(certificate_id), paper, stopped=stopped)
    lifted = listing.is_lifted_by(standing.reverified)
    by = reverified_by if measures and lifted else None
    # A suspension that was lifted without a re-verification row of this customer has ended, too.
    suspends = bool(measures) and (by is not None or not lifted)
    bearing = Bearing(certificate_id, stops=bool(stopped), suspends=suspends, reverified_by=by, corrects=paper.corrects)
    return CustomerCertificate(bearing, paper, measures, stopped)


def _cards_by_account(keys: SubjectKeys) -> dict[UUID, tuple[bytes, ...]]:
    found: defaultdict[UUID, tuple[bytes, ...]] = defaultdict(tuple)
    for key, account_id in keys.cards:
        found[account_id] += (key,)
    return found


def _accounts(ids: Collection[UUID]) -> Mapping[UUID, list[Account]]:
    found: defaultdict[UUID, list[Account]] = defaultdict(list)
    for each in Account.objects.filter(customer_id__in=ids, status=AccountStatus.OPEN).order_by("id"):
        found[each.customer_id].append(each)
    return found


def _letters(ids: Collection[UUID]) -> Mapping[UUID, list[Letter]]:
    """Return the letters to customers, and to those merged into them, the newest first."""
    merged: dict[UUID, Any] = dict(Customer.objects.filter(merged_into__in=ids).values_list("pk", "merged_into_id"))
    found: defaultdict[UUID, list[Letter]] = defaultdict(list)
    rows = Letter.objects.filter(customer_id__in=[*ids, *merged]).select_related("issued_by")
    for each in rows.defer("content").order_by("-issued_at", "-id"):
        found[merged.get(each.customer_id, each.customer_id)].append(each)
    return found


def _reverifications(ids: Collection[UUID]) -> Mapping[UUID, UUID]:
    """Return each customer's last re-verification in force."""
    found = Reverification.objects.filter(customer_id__in=ids, status=RequestStatus.IN_FORCE)
    return dict(found.order_by("in_force_at", "id").values_list("customer_id", "id"))


#: How many holders of one certificate are examined.
HOLDERS_MAX = 200
_FIRST_ID = UUID(int=0)
_HOLDERS = "SELECT customer_id, key FROM accounts_identity"
_ACCOUNTS = "SELECT customer_id, account_number FROM accounts_account"
_CARDS = "SELECT customer_id, number_index FROM accounts_card"
# Letters to a merged customer count as letters to the surviving one.
_BEGINNINGS = """
SELECT coalesce(u.merged_into_id, u.id), l.certificate_id, l.kind, l.last_day,
       EXISTS (
           SELECT FROM accounts_letter c WHERE c.certificate_id = l.certificate_id AND c.kind IN ('lift', 'end')
             AND accounts_same_customer(c.customer_id, l.customer_id)
       ),
       l.kind = 'suspension' AND coalesce(m.reverified_at, u.reverified_at) >= l.issued_at
FROM accounts_letter l
JOIN accounts_customer u ON u.id = l.customer_id LEFT JOIN accounts_customer m ON m.id = u.merged_into_id
WHERE l.kind IN ('penalty', 'suspension', 'case_account')
"""
_LIFTS = """
SELECT coalesce(u.merged_into_id, u.id), l.about_id
FROM accounts_letter l JOIN accounts_customer u ON u.id = l.customer_id
WHERE l.kind = 'lift'
"""


@dataclass(frozen=True, slots=True)
class DuePage:
    """A page of customers who are owed letters.

    :ivar after: the id to go on after, None at the end.
    """

    customers: tuple[CustomerLetters, ...]
    after: UUID | None = None


def due_page(at: datetime, *, after: UUID | None, limit: int) -> DuePage:
    """Return the customers among the next ones by id who are owed letters.

    :param limit: how many customers are looked at, above zero.
    """
    today = shanghai_day(at)
    query = owed_letters_query(
        holders=_HOLDERS,
        accounts=_ACCOUNTS,
        cards=_CARDS,
        letters=_BEGINNINGS,
        lifts=_LIFTS,
        since=_longest_ago(today),
        today=today,
        after=after or _FIRST_ID,
        limit=limit + 1,
    )
    ids = ask(query)
    return DuePage(_owed(ids[:limit], at), ids[limit - 1] if len(ids) > limit else None)


def due_of_certificate(certificate_id: UUID, at: datetime) -> tuple[CustomerLetters, ...]:
    """Return the customers who are owed letters about one certificate; they may be owed others, too."""
    names = names_in(certificate_id)
    ids = holders_named(names.identity_keys, names.account_numbers, names.card_keys, most=HOLDERS_MAX)
    found = _owed(sorted(set(surviving_ids(ids).values())), at)
    return tuple(
        each
        for each in found
        if any(certificate.bearing.certificate_id == certificate_id for _, certificate in each.owed())
    )


def _owed(ids: Sequence[UUID], at: datetime) -> tuple[CustomerLetters, ...]:
    found = letters_of_customers(ids, at) if ids else {}
    return tuple(found[each] for each in ids if found[each].owed())


def _longest_ago(today: date) -> date:
    """Return the first day of certification from which a penalty may still run, on any legal basis."""
    return add_years(today, -longest_years())
