"""The history of a customer's restrictions (限制经过): what applied at an instant, and to whom before a merge."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID, uuid5

from django.db.models import OuterRef, Q, Subquery

from accounts.models import Account, Card, Customer, Document, Freeze, Reverification, SamePerson
from accounts.policy.restrictions import other_restrictions
from accounts.queries.customer_restrictions import Standing
from accounts.queries.merged_customers import ids_of_customer
from accounts.vocabulary import RequestStatus, Sameness
from blacklist.policy.listings import Listing, Reverified, reverified
from blacklist.policy.penalties import PENALIZED
from blacklist.policy.restrictions import Restriction
from blacklist.queries.certificate_refs import CertificateRef
from blacklist.queries.past_listings import PastListing, find_past_listings
from blacklist.vocabulary import THIS_BANK, RestrictionCause, RestrictionKind
from config.kernel.database.sql import rows
from config.kernel.identity.account_numbers import account_reference
from config.kernel.models import Approval, ApprovalStatus

_MOVED = """
SELECT m.row_id, s.in_force_at, s.other_id, s.customer_id, i.key AS identity_key, a.account_number, c.number_index
FROM accounts_movedrow m JOIN accounts_sameperson s ON s.id = m.merge_id
LEFT JOIN accounts_identity i ON i.id = m.row_id
LEFT JOIN accounts_account a ON a.id = m.row_id
LEFT JOIN accounts_card c ON c.id = m.row_id
WHERE s.id = ANY(%s::uuid[]) ORDER BY s.in_force_at, s.id
"""


@dataclass(frozen=True, slots=True)
class OwnershipHistory:
    """The rows that came to a customer by merges, and when.

    :ivar customer_id: the surviving customer.
    :ivar ids: every id under which that customer is on record.
    :ivar by_key: the changes of owner of a row, each as instant, former and new owner. The key is the row's id, the key
        of an identity or a card, or the number of an account.
    :ivar merges: each merge: its instant, the surviving customer, and the re-verification that counted from then on.
    """

    customer_id: UUID
    by_key: Mapping[Hashable, tuple[tuple[datetime, UUID, UUID], ...]] = field(default_factory=dict, repr=False)
    merges: tuple[tuple[datetime, UUID, Reverified | None], ...] = ()
    ids: tuple[UUID, ...] = ()

    def owner(self, key: Hashable, at: datetime, *, now: UUID | None = None) -> UUID:
        """Return the customer to whom a row belonged at an instant.

        :param now: the present owner; by default the surviving customer.
        """
        changes = self.by_key.get(key, ())
        for instant, former, _ in changes:
            if at < instant:
                return former
        return changes[-1][2] if changes else now or self.customer_id


def _ownership_of(customer_id: UUID) -> OwnershipHistory:
    """Return the rows that came to a customer by merges: two queries, two more where there were any.

    :param customer_id: any of the ids under which the customer is on record.
    """
    ids = ids_of_customer(customer_id)
    merges = list(
        SamePerson.objects.filter(other__in=ids, decision=Sameness.SAME, status=RequestStatus.IN_FORCE).order_by(
            "in_force_at", "id"
        )
    )
    if not merges:
        return OwnershipHistory(customer_id, ids=tuple(ids))
    changes: defaultdict[Hashable, list[tuple[datetime, UUID, UUID]]] = defaultdict(list)
    for row in rows(_MOVED, [[each.id for each in merges]]):
        change = row["in_force_at"], row["other_id"], row["customer_id"]
        number = row["account_number"]
        keys = (
            row["row_id"],
            row["identity_key"],
            row["number_index"],
            number and account_reference(number, THIS_BANK)[0],
        )
        for key in filter(None, keys):
            changes[bytes(key) if isinstance(key, memoryview) else key].append(change)
    merged = {each.other_id for each in merges}
    return OwnershipHistory(
        customer_id=next(each.customer_id for each in reversed(merges) if each.customer_id not in merged),
        by_key={key: tuple(each) for key, each in changes.items()},
        merges=tuple(
            (each.in_force_at, each.customer_id, reverified(each.reverified_at, None))
            for each in merges
            if each.in_force_at
        ),
        ids=tuple(ids),
    )


_LINK = "document_link"


@dataclass(frozen=True, slots=True)
class LinkedDocument:
    """A document of a customer.

    :ivar customer_id: the customer of its row: a document withdrawn before a merge stays with the former customer.
    :ivar since: when a second person linked it; None for the document of the registration.
    :ivar until: when it was withdrawn, None while it belongs to the customer.
    """

    document_id: UUID
    customer_id: UUID
    since: datetime | None
    until: datetime | None

    def was_linked(self, at: datetime) -> bool:
        """Return whether it belonged to a customer at an instant."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


def linked_documents(customer_ids: Collection[UUID]) -> Mapping[bytes, tuple[LinkedDocument, ...]]:
    """Return all documents that a customer has or had, by identity, in one query.

    :param customer_ids: every id under which the customer is on record.
    """
    links = Approval.objects.filter(kind=_LINK, object_id=OuterRef("pk"), status=ApprovalStatus.APPROVED)
    rows = (
        Document.objects.filter(customer_id__in=customer_ids, status__in=[RequestStatus.IN_FORCE, RequestStatus.ENDED])
        .annotate(since=Subquery(links.order_by("id").values("decided_at")[:1]))
        .order_by("id")
    )
    linked: defaultdict[bytes, list[LinkedDocument]] = defaultdict(list)
    for key, *values in rows.values_list("identity_key", "pk", "customer_id", "since", "ended_at"):
        linked[bytes(key)].append(LinkedDocument(*values))
    return {key: tuple(each) for key, each in linked.items()}


#: One restriction as `also_text` takes it: its code, its cause, its end.
type RemainingRestriction = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CertificateEvent:
    """A certificate about the customer came into force, was revoked or corrected (认定书生效、撤销认定、更正认定).

    Where the cause is `PROVISIONAL`, its registration stopped an account (临时止付), or its decision ended that stop.

    :ivar id: of the certificate, or of its revocation or correction; for a provisional stop derived from the
        certificate's.
    :ivar revoked: True for the end, False for the beginning.
    :ivar corrected: whether it replaced another certificate about the customer or, if revoked, was replaced by one that
        does not name the customer.
    :ivar remaining: the restrictions in force after it was revoked.
    """

    id: UUID
    at: datetime
    certificate_id: UUID
    revoked: bool
    cause: RestrictionCause
    certificate: CertificateRef
    remaining: tuple[RemainingRestriction, ...] = ()
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class RestrictionHistory:
    """All listings and freezes that a customer ever had, and the customer's re-verifications.

    A row that came by a merge counts for the customer from then on; until then it counted for the former customer.

    :ivar listings: present and past ones.
    :ivar accounts: the customer's accounts that a certificate names.
    :ivar reverified: each re-verification, with its id.
    :ivar linked: the documents of the customer with their periods, by identity.
    """

    listings: tuple[PastListing, ...]
    card_keys: Mapping[UUID, tuple[bytes, ...]] = field(repr=False)
    accounts: tuple[Account, ...]
    freezes: tuple[Freeze, ...]
    reverified: tuple[tuple[UUID, Reverified], ...]
    ownership: OwnershipHistory
    linked: Mapping[bytes, tuple[LinkedDocument, ...]] = field(default_factory=dict, repr=False)

    def restrictions(self, at: datetime, of: UUID | None = None) -> list[Restriction]:
        """Return the restrictions of the customer and of the customer's accounts at an instant.

        :param of: one of the customers who were merged since; by default the surviving one.
        """
        of = of or self.ownership.customer_id
        listings = tuple(
            each.listing
            for each in self.listings
            if each.was_effective_at(at) and self._customer_of(each.listing, at) == of
        )
        standing = Standing(listings, self.card_keys, self._last_reverification(at, of), at)
        stops = [
            each
            for account in self.accounts
            if account.opened_at <= at
            and (account.closed_at is None or account.closed_at > at)
            and self.ownership.owner(account.id, at) == of
            for each in standing.of_account(account)
            if each.kind == RestrictionKind.CASE_ACCOUNT_STOPPED
        ]
        return [*standing.of_person(), *stops]

    def _customer_of(self, listing: Listing, at: datetime) -> UUID | None:
        """Return the customer whom a listing applied to at an instant; None where its document belonged to none."""
        if listing.identity_key is None:
            return self.ownership.owner(_number_of(listing), at)
        linked = (each for each in self.linked.get(bytes(listing.identity_key), ()) if each.was_linked(at))
        return next((self.ownership.owner(each.document_id, at, now=each.customer_id) for each in linked), None)

    def _begins(self, listing: Listing) -> Iterator[datetime]:
        """Yield the instants from which a listing may apply to the customer: its approval, or the link of its document."""
        if listing.identity_key is None:
            yield listing.in_force_at
            return
        for each in self.linked.get(bytes(listing.identity_key), ()):
            yield max(listing.in_force_at, each.since or listing.in_force_at)

    def restrictions_and_freezes(
        self, at: datetime, *, but: UUID | None = None, of: UUID | None = None
    ) -> tuple[RemainingRestriction, ...]:
        """Return the restrictions at an instant and the freezes, each kind and cause once, as the timeline shows them.

        :param but: a freeze that a decision of this instant lifted; the end of the freeze is recorded slightly later.
        """
        of = of or self.ownership.customer_id
        frozen = [
            each.until
            for each in self.freezes
            if _was_in_force(each, at) and each.id != but and self.ownership.owner(each.account_id, at) == of
        ]
        return tuple(
            other_restrictions(
                self.restrictions(at, of),
                frozen=bool(frozen),
                frozen_until=None if None in frozen else max(filter(None, frozen), default=None),
            ).get("also", [])
        )

    def certificate_events(self) -> Iterator[CertificateEvent]:
        """Yield each certificate about the customer when it came into force, and when it was revoked."""
        decided = sorted((each for each in self.listings if not each.listing.provisional), key=_revocation_order)
        by_certificate = {each.listing.certificate_id: each for each in decided}
        # Leave out certificates that name the customer but never restricted one.
        restricting = {each for each in by_certificate if self._was_restricted_by(each)}
        for each in (by_certificate[each] for each in by_certificate if each in restricting):
            listing = each.listing
            cause = RestrictionCause.PENALTY if listing.category in PENALIZED else RestrictionCause.CASE_ACCOUNT
            yield CertificateEvent(
                listing.certificate_id,
                listing.in_force_at,
                listing.certificate_id,
                revoked=False,
                cause=cause,
                certificate=each.certificate,
                corrected=listing.corrects in restricting,
            )
            if each.corrected and each.revocation_id in restricting:
                # The correcting certificate is yielded itself.
                continue
            if each.revoked_at is not None and each.revocation_id is not None:
                yield CertificateEvent(
                    each.revocation_id,
                    each.revoked_at,
                    listing.certificate_id,
                    revoked=True,
                    cause=cause,
                    certificate=each.certificate,
                    remaining=self.restrictions_and_freezes(
                        each.revoked_at, of=self._customer_of(listing, each.revoked_at)
                    ),
                    corrected=each.corrected,
                )

    def provisional_stops(self) -> Iterator[CertificateEvent]:
        """Yield each provisional stop of an account of the customer, as it began and as the decision ended it."""
        undecided = (each for each in self.listings if each.listing.provisional)
        for each in {each.listing.certificate_id: each for each in undecided}.values():
            certificate_id, begun = each.listing.certificate_id, each.listing.in_force_at
            owner = self._customer_of(each.listing, begun)
            if owner is None or certificate_id not in self._certificates_restricting(owner, begun):
                continue
            for name, at in (("stopped", begun), ("decided", each.revoked_at)):
                if at is not None:
                    yield CertificateEvent(
                        uuid5(certificate_id, name),
                        at,
                        certificate_id,
                        revoked=name == "decided",
                        cause=RestrictionCause.PROVISIONAL,
                        certificate=each.certificate,
                        remaining=self.restrictions_and_freezes(at, of=self._customer_of(each.listing, at))
                        if name == "decided"
                        else (),
                    )

    def _was_restricted_by(self, certificate_id: UUID) -> bool:
        """Return whether a certificate ever restricted the customer, or a customer merged into this one."""
        return any(
            certificate_id in self._certificates_restricting(owner, at)
            for each in self.listings
            if each.listing.certificate_id == certificate_id and not each.listing.provisional
            for at in self._begins(each.listing)
            if (owner := self._customer_of(each.listing, at))
        )

    def _certificates_restricting(self, customer_id: UUID, at: datetime) -> set[UUID | None]:
        return {each.certificate_id for each in self.restrictions(at, customer_id)}

    def _last_reverification(self, at: datetime, of: UUID) -> Reverified | None:
        """Return a customer's last re-verification by an instant; after a merge the one that counts since."""
        candidates: list[tuple[datetime, Reverified | None]] = [
            (each.at, each) for row_id, each in self.reverified if self.ownership.owner(row_id, each.at) == of
        ]
        candidates += [(instant, each) for instant, into, each in self.ownership.merges if into == of]
        by_instant = {each.at: each for _, each in self.reverified}
        last = max((each for each in candidates if each[0] <= at), key=lambda each: each[0], default=(at, None))[1]
        return last and by_instant.get(last.at, last)


def restriction_history_of(customer_id: UUID) -> RestrictionHistory:
    """Return the history of a customer's restrictions: in nine queries at most, one more after merges."""
    ownership = _ownership_of(customer_id)
    customer_id = ownership.customer_id
    by_account: dict[UUID, tuple[bytes, ...]] = {}
    for key, account_id in Card.objects.filter(customer_id=customer_id).values_list("number_index", "account_id"):
        by_account[account_id] = (*by_account.get(account_id, ()), bytes(key))
    numbers = Account.objects.filter(customer_id=customer_id).values_list("account_number", flat=True)
    linked = linked_documents(ownership.ids)
    listings = find_past_listings(linked, numbers, chain.from_iterable(by_account.values()))
    accounts = Account.objects.filter(customer_id=customer_id).defer("agent_name") if listings else ()
    return RestrictionHistory(
        listings=listings,
        card_keys=by_account,
        accounts=tuple(each for each in accounts if _is_named(each, by_account.get(each.id, ()), listings)),
        freezes=tuple(Freeze.objects.filter(account__customer_id=customer_id)),
        reverified=tuple(_reverified(customer_id)),
        ownership=ownership,
        linked=linked,
    )


def _number_of(listing: Listing) -> bytes | str | None:
    """Return the number of the account or the key of the card that a listing names, as `OwnershipHistory` has it."""
    return listing.account_number if listing.card_key is None else bytes(listing.card_key)


def _reverified(customer_id: UUID) -> Iterator[tuple[UUID, Reverified]]:
    in_force = Reverification.objects.filter(customer_id=customer_id, status=RequestStatus.IN_FORCE)
    rows = in_force.values_list("id", "in_force_at", "customer__reverified_at", "customer__reverified_knowing")
    for row_id, at, last_at, knowing in rows:
        # The customer's row has the certificates that the checker of the last one was shown.
        if each := reverified(at, knowing if at == last_at else None):
            yield row_id, each


def _is_named(account: Account, card_keys: Iterable[bytes], listings: Iterable[PastListing]) -> bool:
    """Return whether a certificate names an account or a card on it."""
    number, _ = account_reference(account.account_number, THIS_BANK)
    cards = set(card_keys)
    return any(
        each.listing.account_number == number
        or (each.listing.card_key is not None and bytes(each.listing.card_key) in cards)
        for each in listings
    )


def holders_named(
    identity_keys: Iterable[bytes], account_numbers: Iterable[str], card_keys: Iterable[bytes], *, most: int
) -> list[UUID]:
    """Return the customers whom a certificate names by an identity, an account or a card, up to a number."""
    customers = Customer.objects.filter(
        Q(identities__key__in=list(identity_keys))
        | Q(accounts__account_number__in=list(account_numbers))
        | Q(cards__number_index__in=list(card_keys))
    )
    return list(customers.order_by("id").distinct().values_list("id", flat=True)[:most])


def _revocation_order(each: PastListing) -> tuple[bool, float]:
    """Return the sort key of a listing: the instant of its revocation; those never revoked come last."""
    return each.revoked_at is None, each.revoked_at.timestamp() if each.revoked_at else 0


def _was_in_force(freeze: Freeze, at: datetime) -> bool:
    ends = [each for each in (freeze.until, freeze.lifted_at) if each is not None]
    return freeze.placed_at <= at and all(at < each for each in ends)
