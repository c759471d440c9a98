"""Cards at an instant: lost ones with their reports (挂失), those in use, and those still to be handed out (待发卡)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from accounts.models import Card, CardException, LossReport
from accounts.policy.cards import status_at
from accounts.vocabulary import CardProduct, CardStatus, RequestStatus
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.models import Approval, ApprovalStatus, Decision, Outcome
from config.kernel.vault.masked import masked


def cards_at(cards: Iterable[Card], at: datetime) -> list[Card]:
    """Return cards with their status at an instant: a report by word may have lapsed since the row was written."""
    return [card_at(each, at) for each in cards]


def card_at(card: Card, at: datetime) -> Card:
    """Return a card with its status at an instant."""
    stored, card.status = card.status, status_of(card, at)
    if card.status != stored:
        card.lost_until = None
    return card


def status_of(card: Card, at: datetime) -> CardStatus:
    """Return the status of a card at an instant, without changing the row object."""
    return status_at(CardStatus(card.status), card.lost_until, activated=card.activated_at is not None, at=at)


def loss_report(report_id: UUID) -> LossReport | None:
    """Return a loss report with its card and the person who took it, None for an unknown id."""
    return LossReport.objects.select_related("card__account", "principal").filter(pk=report_id).first()


def reports_in_force(cards: Iterable[Card]) -> dict[UUID, LossReport]:
    """Return the report in force of each lost card, by the card, in one query; of stopped cards only reports by word.

    :param cards: with their present status; a card that was imported as lost has no report.
    """
    lost = {each.id: each for each in cards if each.status == CardStatus.LOST or each.lost_until is not None}
    if not lost:
        return {}
    latest = LossReport.objects.filter(card_id__in=lost).order_by("card_id", "-at", "-id").distinct("card_id")
    # Leave out an earlier report with an end when the card is now lost without one.
    return {each.card_id: each for each in latest if each.lapses_at == lost[each.card_id].lost_until}


def latest_report(card_id: UUID) -> LossReport | None:
    """Return the last loss report of a card."""
    return LossReport.objects.filter(card_id=card_id).order_by("-at", "-id").first()


def with_reports(cards: Iterable[Card]) -> list[tuple[Card, LossReport | None]]:
    """Return cards as of now, each with the loss report in force."""
    rows = list(cards)
    reports = reports_in_force(rows)
    return [(card, reports.get(card.id)) for card in rows]


@dataclass(frozen=True, slots=True)
class LapsedReport:
    """A report by word that was not made formal in time (口头挂失失效).

    :ivar id: of the report.
    :ivar at: when it lapsed.
    """

    id: UUID
    at: datetime
    card_id: UUID


def lapsed_reports(customer_ids: Iterable[UUID], at: datetime) -> list[LapsedReport]:
    """Return the reports by word about some customers' cards that have lapsed, in two queries at most.

    A report does not lapse when the card is reported formally, found, replaced or cancelled before.
    """
    reports = list(
        LossReport.objects.filter(card__customer_id__in=customer_ids).select_related("card").order_by("at", "id")
    )
    if not any(each.lapses_at is not None and each.lapses_at <= at for each in reports):
        return []
    ends: dict[UUID, list[datetime]] = {}
    for report in reports:
        ends.setdefault(report.card_id, []).append(report.at)
    reinstatements = Decision.objects.filter(object_id__in=ends, kind="find_card", outcome=Outcome.ALLOWED)
    for card_id, reinstated_at in reinstatements.values_list("object_id", "at"):
        if card_id is not None:
            ends[card_id].append(reinstated_at)
    return [
        LapsedReport(each.id, each.lapses_at, each.card_id)
        for each in reports
        if each.lapses_at is not None
        and each.lapses_at <= at
        and not any(each.at < end < each.lapses_at for end in ends[each.card_id])
        and not (each.card.cancelled_at is not None and each.card.cancelled_at < each.lapses_at)
    ]


#: The most cards that are shown; a customer has at most four that count, and few others.
_SHOWN_MAX = 12


@dataclass(frozen=True, slots=True)
class LiveCard:
    """A card that is not cancelled.

    :ivar counts: whether it takes one of the four slots.
    """

    account_id: UUID
    number: str
    product: str
    status: str
    counts: bool


def live_cards(customer_id: UUID) -> list[LiveCard]:
    """Return a customer's cards that are not cancelled, the oldest first, in two queries."""
    cards = Card.objects.filter(customer_id=customer_id).exclude(status=CardStatus.CANCELLED)
    return [
        LiveCard(
            each.account_id,
            masked(each, "number"),
            CardProduct.word(each.product),
            CardStatus.word(each.status),
            each.slot is not None,
        )
        for each in cards_at(cards.order_by("issued_at", "pk")[:_SHOWN_MAX], bank_now())
    ]


def exception_to_hand_out(approval: Approval) -> UUID | None:
    """Return the exception whose card its maker must still hand out; None for any other proposal."""
    if approval.kind != "card_exception" or approval.status != ApprovalStatus.APPROVED:
        return None
    waiting = CardException.objects.filter(
        _in_use(bank_now()), pk=approval.object_id, status=RequestStatus.IN_FORCE, handed_out_at=None
    )
    return approval.object_id if waiting.exists() else None


def _in_use(at: datetime) -> Q:
    """Return the condition that an exception's card is active, a lapsed report by word included."""
    over = Q(cards__status=CardStatus.LOST, cards__lost_until__lte=at, cards__activated_at__isnull=False)
    return Q(cards__status=CardStatus.ACTIVE) | over


def account_of_request(exception_id: UUID, caller: Caller) -> UUID | None:
    """Return the account of an approved card beyond four that a caller requested, else None."""
    requests = Approval.objects.filter(
        kind="card_exception", object_id=exception_id, status=ApprovalStatus.APPROVED, made_by_id=caller.id
    )
    exceptions = CardException.objects.filter(pk=exception_id, status=RequestStatus.IN_FORCE)
    return exceptions.values_list("account_id", flat=True).first() if requests.exists() else None


def proposals_to_hand_out(made_by_id: UUID, most: int) -> list[Approval]:
    """Return a maker's approved proposals whose cards are still to be handed out, the oldest first."""
    waiting = CardException.objects.filter(_in_use(bank_now()), status=RequestStatus.IN_FORCE, handed_out_at=None)
    found = Approval.objects.filter(
        kind="card_exception", status=ApprovalStatus.APPROVED, made_by_id=made_by_id, object_id__in=waiting.values("pk")
    )
    return list(found.select_related("decided_by").defer("form", "subject_keys").order_by("decided_at")[:most])
