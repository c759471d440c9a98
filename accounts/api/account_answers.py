"""Answers about accounts, cards, freezes and entries, as the contract defines them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from rest_framework import serializers

from accounts.models import Entry, Freeze
from accounts.operations.cards import card_summary
from accounts.operations.freezes import freeze_status
from accounts.queries.accounts import declared_impostor, left_aside, show_account
from accounts.refusals.money import AccountFrozen
from accounts.vocabulary import (
    AccountClass,
    AccountKind,
    AccountStatus,
    CardProduct,
    CardStatus,
    ClosedReason,
    EntryKind,
)
from blacklist.queries import restriction_answers
from blacklist.vocabulary import Direction
from config.frames.api.answers import Answer, FenField, PageAnswer
from config.frames.api.fields import DayField, InstantField, YuanField
from config.kernel.law.ends import last_day
from config.kernel.law.refusals import NotFound


class RestrictionAnswer(Answer):
    """A restriction; `until` is the instant of its end and `last_day` the last restricted day, null without an end.

    `authority` and `doc_no` are those of its certificate, or of a freeze's order. `direction` is present only where
    just outflow is stopped.
    """

    kind = serializers.CharField()
    code = serializers.CharField()
    direction = serializers.ChoiceField(choices=[Direction.OUT.value], required=False)
    clause = serializers.CharField(allow_null=True)
    starts_at = InstantField()
    until = InstantField(allow_null=True)
    last_day = DayField(allow_null=True)
    certificate_id = serializers.UUIDField(required=False)
    authority = serializers.CharField()
    doc_no = serializers.CharField()


class CardAnswer(Answer):
    """A card; its full number is only in the answer that issues it. `lost_until` is set while it is reported lost by word."""

    id = serializers.UUIDField()
    card_number = serializers.CharField()
    product = serializers.ChoiceField(choices=CardProduct.choices)
    status = serializers.ChoiceField(choices=CardStatus.choices)
    account_id = serializers.UUIDField()
    lost_until = InstantField(required=False)


class AccountAnswer(Answer):
    """An account with its cards and restrictions.

    `closed_reason` and `set_aside` are present where an impostor had opened it; `set_aside` is what is not paid out yet.
    """

    id = serializers.UUIDField()
    customer_id = serializers.UUIDField()
    account_number = serializers.CharField()
    kind = serializers.ChoiceField(choices=AccountKind.choices)
    account_class = serializers.ChoiceField(choices=AccountClass.choices)
    status = serializers.ChoiceField(choices=AccountStatus.choices)
    opened_at = InstantField()
    closed_at = InstantField(allow_null=True)
    closed_reason = serializers.ChoiceField(choices=ClosedReason.choices, required=False)
    set_aside = FenField(required=False)
    balance = FenField(source="balance_fen")
    held = FenField(source="held_fen")
    available = FenField()
    restrictions = RestrictionAnswer(many=True)
    grace = RestrictionAnswer(many=True, required=False)
    cards = CardAnswer(many=True)


class EntryAnswer(Answer):
    """One ledger entry of an account; `reference` is the posting's id, for a transfer the transfer's."""

    id = serializers.CharField()
    posted_at = InstantField()
    kind = serializers.ChoiceField(choices=EntryKind.choices)
    direction = serializers.ChoiceField(choices=["credit", "debit"])
    amount = YuanField()
    reference = serializers.UUIDField(source="posting_id")


class EntriesAnswer(PageAnswer):
    """One page of entries, newest first."""

    results = EntryAnswer(many=True)


class FreezeAnswer(Answer):
    """A freeze; `approval_id` is in the answer that requests its lift."""

    id = serializers.UUIDField()
    account_id = serializers.UUIDField()
    authority = serializers.CharField()
    order_no = serializers.CharField()
    starts_at = InstantField(source="placed_at")
    until = InstantField(allow_null=True)
    lifted_at = InstantField(allow_null=True)
    status = serializers.ChoiceField(choices=["in_force", "expired", "lifted"])
    approval_id = serializers.UUIDField(required=False)


def account_answer(account_id: UUID) -> dict[str, Any]:
    """Return an account as it is now.

    :raises NotFound: when there is none of this id.
    """
    shown = show_account(account_id)
    if shown is None:
        raise NotFound
    closed = {}
    if declaration := declared_impostor(shown.account):
        closed = {"closed_reason": ClosedReason.IMPOSTOR.value, "set_aside": left_aside(declaration)}
    return AccountAnswer.of(
        shown.account,
        **closed,
        available=shown.account.balance_fen - shown.account.held_fen,
        restrictions=[
            *restriction_answers(shown.restrictions),
            *(freeze_restriction(freeze) for freeze in shown.freezes),
        ],
        grace=restriction_answers(shown.grace),
        cards=[card_summary(card) for card in shown.cards],
    )


def freeze_restriction(freeze: Freeze) -> dict[str, Any]:
    """Return a freeze among the restrictions of its account (冻结)."""
    return RestrictionAnswer.of(
        freeze,
        kind="freeze",
        code=AccountFrozen.code,
        clause=None,
        starts_at=freeze.placed_at,
        last_day=last_day(freeze.until),
        doc_no=freeze.order_no,
    )


def freeze_answer(freeze: Freeze, at: datetime, **given: Any) -> dict[str, Any]:
    """Return a freeze as of an instant."""
    return FreezeAnswer.of(freeze, status=freeze_status(freeze, at), **given)


def entry_answers(entries: Sequence[Entry]) -> Iterable[dict[str, Any]]:
    """Return entries: an unsigned amount and its direction."""
    return (
        EntryAnswer.of(entry, direction="credit" if entry.amount_fen > 0 else "debit", amount=abs(entry.amount_fen))
        for entry in entries
    )
