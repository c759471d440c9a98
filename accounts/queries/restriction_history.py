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
class OwnershipMoves:
    """What came to a customer by merges, and when.

    :ivar customer_id: the surviving customer.
    :ivar ids: every id under which that customer is on record.
    :ivar by_key: by an id, an identity's or a card's key, or an account's number: each move, as instant, from, to.
    :ivar merges: each merge: its instant, the surviving customer, and the re-verification that counted from then on.
    """

    customer_id: UUID
    by_key: Mapping[Hashable, tuple[tuple[datetime, UUID, UUID], ...]] = field(default_factory=dict, repr=False)
    merges: tuple[tuple[datetime, UUID, Reverified | None], ...] = ()
    ids: tuple[UUID, ...] = ()

    def owner(self, key: Hashable, at: datetime, *, now: UUID | None = None) -> UUID:
        """Return to which customer something belonged at an instant.

        :param now: to which it belongs now; by default the surviving customer.
        """
        moves = self.by_key.get(key, ())
        for instant, before, _ in moves:
            if at < instant:
                return before
        return moves[-1][2] if moves else now or self.customer_id


def _moves_of(customer_id: UUID) -> OwnershipMoves:
    """Return what came to a customer by merges: two queries, two more where there were any.

    :param customer_id: of any of the ids under which it is on record.
    """
    ids = ids_of_customer(customer_id)
    merges = list(
        SamePerson.objects.filter(other__in=ids, decision=Sameness.SAME, status=RequestStatus.IN_FORCE).order_by(
            "in_force_at", "id"
        )
    )
    if not merges:
        return OwnershipMoves(customer_id, ids=tuple(ids))
    found: defaultdict[Hashable, list[tuple[datetime, UUID, UUID]]] = defaultdict(list)
    for row in rows(_MOVED, [[each.id for each in merges]]):
        move = row["in_force_at"], row["other_id"], row["customer_id"]
        number = row["account_number"]
        keys = (
            row["row_id"],
            row["identity_key"],
            row["number_index"],
            number and account_reference(number, THIS_BANK)[0],
        )
        for key in filter(None, keys):
            found[bytes(key) if isinstance(key, memoryview) else key].append(move)
    into = {each.other_id for each in merges}
    return OwnershipMoves(
        customer_id=next(each.customer_id for each in reversed(merges) if each.customer_id not in into),
        by_key={key: tuple(each) for key, each in found.items()},
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

    def stood(self, at: datetime) -> bool:
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
    found: defaultdict[bytes, list[LinkedDocument]] = defaultdict(list)
    for key, *told in rows.values_list("identity_key", "pk", "customer_id", "since", "ended_at"):
        found[bytes(key)].append(LinkedDocument(*told))
    return {key: tuple(each) for key, each in found.items()}


#: One restriction as `also_text` tells it: its code, its cause, its end.
type RemainingRestriction = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate about the customer came into force, was revoked or corrected (认定书生效、撤销认定、更正认定).

    Where the cause is `PROVISIONAL` it stopped an account from its registration on (临时止付), or was decided.

    :ivar id: of the certificate, or of what revoked or corrected it; of a provisional stop one derived from the
        certificate's.
    :ivar revoked: whether what began is over.
    :ivar corrected: it came into force in the place of another about the customer or, revoked, was corrected by one that does
        not name the customer.
    :ivar still: what still stood when it was revoked.
    """

    id: UUID
    at: datetime
    certificate_id: UUID
    revoked: bool
    cause: RestrictionCause
    certificate: CertificateRef
    still: tuple[RemainingRestriction, ...] = ()
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class RestrictionHistory:
    """Everything that ever listed or froze a customer, and the customer's re-verifications.

    What came to the customer by a merge counts from then on; until then it counted for the former customer.

    :ivar accounts: the customer's accounts that a certificate names.
    :ivar reverified: each re-verification, with its id.
    :ivar linked: from when until when each document belonged to the customer, by identity.
    """

    past: tuple[PastListing, ...]
    card_keys: Mapping[UUID, tuple[bytes, ...]] = field(repr=False)
    accounts: tuple[Account, ...]
    freezes: tuple[Freeze, ...]
    reverified: tuple[tuple[UUID, Reverified], ...]
    moves: OwnershipMoves
    linked: Mapping[bytes, tuple[LinkedDocument, ...]] = field(default_factory=dict, repr=False)

    def restrictions(self, at: datetime, of: UUID | None = None) -> list[Restriction]:
        """Return the restrictions of the customer and of the customer's accounts at an instant.

        :param of: one of several customers who were merged since; by default the surviving one.
        """
        of = of or self.moves.customer_id
        listings = tuple(each.listing for each in self.past if each.stood(at) and self._whose(each.listing, at) == of)
        standing = Standing(listings, self.card_keys, self._anew(at, of), at)
        stops = [
            each
            for account in self.accounts
            if account.opened_at <= at
            and (account.closed_at is None or account.closed_at > at)
            and self.moves.owner(account.id, at) == of
            for each in standing.of_account(account)
            if each.kind == RestrictionKind.CASE_ACCOUNT_STOPPED
        ]
        return [*standing.of_person(), *stops]

    def _whose(self, listing: Listing, at: datetime) -> UUID | None:
        """Return the customer whom a listing applied to at an instant; None where its document belonged to none."""
        if listing.identity_key is None:
            return self.moves.owner(_number_of(listing), at)
        shown = (each for each in self.linked.get(bytes(listing.identity_key), ()) if each.stood(at))
        return next((self.moves.owner(each.document_id, at, now=each.customer_id) for each in shown), None)

    def _begins(self, listing: Listing) -> Iterator[datetime]:
        """Yield from when a listing may apply to the customer: its approval, or when its document came."""
        if listing.identity_key is None:
            yield listing.in_force_at
            return
        for each in self.linked.get(bytes(listing.identity_key), ()):
            yield max(listing.in_force_at, each.since or listing.in_force_at)

    def standing(
        self, at: datetime, *, but: UUID | None = None, of: UUID | None = None
    ) -> tuple[RemainingRestriction, ...]:
        """Return the restrictions at an instant and the freezes, each kind and cause once, as the timeline shows them.

        :param but: a freeze that was lifted then, by a clock read after the decision's.
        """
        of = of or self.moves.customer_id
        frozen = [
            each.until
            for each in self.freezes
            if _stood(each, at) and each.id != but and self.moves.owner(each.account_id, at) == of
        ]
        return tuple(
            other_restrictions(
                self.restrictions(at, of),
                frozen=bool(frozen),
                frozen_until=None if None in frozen else max(filter(None, frozen), default=None),
            ).get("also", [])
        )

    def certified(self) -> Iterator[Certified]:
        """Yield each certificate about the customer when it came into force, and when it was revoked."""
        decided = sorted((each for each in self.past if not each.listing.provisional), key=_how_far)
        papers = {each.listing.certificate_id: each for each in decided}
        # Named in the paper, and not restricted by it: that is nothing of the customer's.
        hit = {each for each in papers if self._was_hit_by(each)}
        for each in (papers[each] for each in papers if each in hit):
            listing = each.listing
            cause = RestrictionCause.PENALTY if listing.category in PENALIZED else RestrictionCause.CASE_ACCOUNT
            about = listing.certificate_id, listing.in_force_at, listing.certificate_id
            yield Certified(
                *about, revoked=False, cause=cause, certificate=each.certificate, corrected=listing.corrects in hit
            )
            if each.corrected and each.revocation_id in hit:
                # The correction says so itself.
                continue
            if each.revoked_at is not None and each.revocation_id is not None:
                yield Certified(
                    each.revocation_id,
                    each.revoked_at,
                    listing.certificate_id,
                    revoked=True,
                    cause=cause,
                    certificate=each.certificate,
                    still=self.standing(each.revoked_at, of=self._whose(listing, each.revoked_at)),
                    corrected=each.corrected,
                )

    def stopped(self) -> Iterator[Certified]:
        """Yield each provisional stop of an account of the customer, as it began and as the decision ended it."""
        undecided = (each for each in self.past if each.listing.provisional)
        for each in {each.listing.certificate_id: each for each in undecided}.values():
            paper, begun = each.listing.certificate_id, each.listing.in_force_at
            owner = self._whose(each.listing, begun)
            if owner is None or paper not in {found.certificate_id for found in self.restrictions(begun, owner)}:
                continue
            for name, at in (("stopped", begun), ("decided", each.revoked_at)):
                if at is not None:
                    yield Certified(
                        uuid5(paper, name),
                        at,
                        paper,
                        revoked=name == "decided",
                        cause=RestrictionCause.PROVISIONAL,
                        certificate=each.certificate,
                        still=self.standing(at, of=self._whose(each.listing, at)) if name == "decided" else (),
                    )

    def _was_hit_by(self, certificate_id: UUID) -> bool:
        """Return whether a certificate ever restricted the customer, or a customer merged into this one."""
        return any(
            certificate_id in {found.certificate_id for found in self.restrictions(at, whose)}
            for each in self.past
            if each.listing.certificate_id == certificate_id and not each.listing.provisional
            for at in self._begins(each.listing)
            if (whose := self._whose(each.listing, at))
        )

    def _anew(self, at: datetime, of: UUID) -> Reverified | None:
        """Return a customer's last re-verification by an instant; after a merge the one that counts since."""
        made: list[tuple[datetime, Reverified | None]] = [
            (each.at, each) for row_id, each in self.reverified if self.moves.owner(row_id, each.at) == of
        ]
        made += [(instant, each) for instant, into, each in self.moves.merges if into == of]
        known = {each.at: each for _, each in self.reverified}
        last = max((each for each in made if each[0] <= at), key=lambda each: each[0], default=(at, None))[1]
        return last and known.get(last.at, last)


def restriction_history_of(customer_id: UUID) -> RestrictionHistory:
    """Return the history of a customer's restrictions: in nine queries at most, one more after merges."""
    moves = _moves_of(customer_id)
    customer_id = moves.customer_id
    by_account: dict[UUID, tuple[bytes, ...]] = {}
    for key, account_id in Card.objects.filter(customer_id=customer_id).values_list("number_index", "account_id"):
        by_account[account_id] = (*by_account.get(account_id, ()), bytes(key))
    numbers = Account.objects.filter(customer_id=customer_id).values_list("account_number", flat=True)
    linked = linked_documents(moves.ids)
    past = find_past_listings(linked, numbers, chain.from_iterable(by_account.values()))
    accounts = Account.objects.filter(customer_id=customer_id).defer("agent_name") if past else ()
    return RestrictionHistory(
        past=past,
        card_keys=by_account,
        accounts=tuple(each for each in accounts if _is_named(each, by_account.get(each.id, ()), past)),
        freezes=tuple(Freeze.objects.filter(account__customer_id=customer_id)),
        reverified=tuple(_reverified(customer_id)),
        moves=moves,
        linked=linked,
    )


def _number_of(listing: Listing) -> bytes | str | None:
    """Return the account or card that a listing names, as `Moves` keeps it."""
    return listing.account_number if listing.card_key is None else bytes(listing.card_key)


def _reverified(customer_id: UUID) -> Iterator[tuple[UUID, Reverified]]:
    found = Reverification.objects.filter(customer_id=customer_id, status=RequestStatus.IN_FORCE)
    asked = found.values_list("id", "in_force_at", "customer__reverified_at", "customer__reverified_knowing")
    for row_id, at, last_at, knowing in asked:
        # What the last one's checker was shown stands with the customer.
        if each := reverified(at, knowing if at == last_at else None):
            yield row_id, each


def _is_named(account: Account, card_keys: Iterable[bytes], past: Iterable[PastListing]) -> bool:
    """Return whether a certificate names an account or a card on it."""
    number, _ = account_reference(account.account_number, THIS_BANK)
    cards = set(card_keys)
    return any(
        each.listing.account_number == number
        or (each.listing.card_key is not None and bytes(each.listing.card_key) in cards)
        for each in past
    )


def holders_named(
    identity_keys: Iterable[bytes], account_numbers: Iterable[str], card_keys: Iterable[bytes], *, most: int
) -> list[UUID]:
    """Return the customers whom a certificate names by an identity, an account or a card, up to a number."""
    found = Customer.objects.filter(
        Q(identities__key__in=list(identity_keys))
        | Q(accounts__account_number__in=list(account_numbers))
        | Q(cards__number_index__in=list(card_keys))
    )
    return list(found.order_by("id").distinct().values_list("id", flat=True)[:most])


def _how_far(each: PastListing) -> tuple[bool, float]:
    """Return the sort key of one certificate's listings: by when their part was revoked; those never revoked last."""
    return each.revoked_at is None, each.revoked_at.timestamp() if each.revoked_at else 0


def _stood(freeze: Freeze, at: datetime) -> bool:
    ends = [each for each in (freeze.until, freeze.lifted_at) if each is not None]
    return freeze.placed_at <= at and all(at < each for each in ends)
