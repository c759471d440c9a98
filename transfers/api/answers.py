"""API answers about transfers."""

import math
from datetime import datetime
from typing import Any

from rest_framework import serializers

from accounts.vocabulary import Channel
from config.frames.api.answers import Answer, PageAnswer
from config.frames.api.fields import InstantField, rfc3339
from config.kernel.identity.masking import mask_account, mask_name
from config.kernel.law.clauses import AFL_18_DELAY
from config.kernel.law.money import format_yuan
from transfers.models import Transfer
from transfers.policy.notices import notice
from transfers.queries.fraud_warnings import warnings_at
from transfers.queries.punctuality import Lateness
from transfers.vocabulary import LATENESS_LIMITS, OVER, FraudKind, ReleasedBy, TransferStatus


class PayeeAnswer(Answer):
    """The payee, masked."""

    account_number = serializers.CharField()
    name = serializers.CharField(allow_null=True)
    bank_code = serializers.CharField(allow_null=True)


class RuleAnswer(Answer):
    """The rule by which a transfer is held or not."""

    code = serializers.CharField()
    clause = serializers.CharField(allow_null=True)
    profile = serializers.CharField(allow_null=True)


class DelayAnswer(Answer):
    """The bank's delay of a held transfer; never its reason."""

    until = InstantField()
    clause = serializers.CharField(allow_null=True)


class NoticeAnswer(Answer):
    """The notice that the machine must show."""

    zh = serializers.CharField()
    en = serializers.CharField()


class WarningsAnswer(Answer):
    """The warnings of fraud in a notice."""

    version = serializers.CharField()
    kinds = serializers.ListField(child=serializers.ChoiceField(choices=FraudKind.choices))


class TransferAnswer(Answer):
    """A transfer."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=TransferStatus.choices)
    amount = serializers.CharField()
    channel = serializers.ChoiceField(choices=Channel.choices)
    payer_account = serializers.UUIDField(allow_null=True)
    payee = PayeeAnswer()
    accepted_at = InstantField()
    due_at = InstantField(allow_null=True)
    cancellable_until = InstantField(allow_null=True)
    seconds_left = serializers.IntegerField(min_value=0)
    same_holder = serializers.BooleanField()
    rule = RuleAnswer(allow_null=True)
    delay = DelayAnswer(allow_null=True)
    settled_at = InstantField(allow_null=True)
    outcome_code = serializers.CharField(allow_null=True)
    notice = NoticeAnswer()
    warnings = WarningsAnswer(allow_null=True)


class TransfersAnswer(PageAnswer):
    """One page of transfers."""

    results = TransferAnswer(many=True)


class EventAnswer(Answer):
    """A step of a transfer."""

    at = InstantField()
    actor = serializers.CharField(allow_null=True, source="actor.name")
    old_status = serializers.CharField(allow_null=True)
    new_status = serializers.ChoiceField(choices=TransferStatus.choices)
    code = serializers.CharField(allow_null=True)
    released_by = serializers.ChoiceField(choices=ReleasedBy.choices, required=False)
    lateness_ms = serializers.IntegerField(required=False)


class EventsAnswer(PageAnswer):
    """One page of steps, oldest first."""

    results = EventAnswer(many=True)


class BucketsAnswer(Answer):
    """Number of releases by lateness; each release is in one bucket."""

    def get_fields(self) -> dict[str, Any]:
        return {name: serializers.IntegerField(min_value=0) for name in (*LATENESS_LIMITS, OVER)}


class ReleasersAnswer(Answer):
    """Number of releases by releaser."""

    celery = serializers.IntegerField(min_value=0, source="by_celery")
    watcher = serializers.IntegerField(min_value=0, source="by_watcher")


class PunctualityAnswer(Answer):
    """Lateness of the releases in a window of time."""

    releases = serializers.IntegerField(min_value=0)
    early = serializers.IntegerField(min_value=0)
    p50_ms = serializers.IntegerField()
    p99_ms = serializers.IntegerField()
    max_ms = serializers.IntegerField()
    buckets = BucketsAnswer()
    by_releaser = ReleasersAnswer(source="*")


class PreviewAnswer(Answer):
    """The outcome that an order would have now."""

    outcome = serializers.ChoiceField(choices=["held", "posted", "refused"])
    due_at = InstantField(allow_null=True)
    notice = NoticeAnswer(allow_null=True)
    warnings = WarningsAnswer(allow_null=True)
    code = serializers.CharField(required=False)
    clause = serializers.CharField(required=False, allow_null=True)
    detail = serializers.CharField(required=False)


class InquiryAnswer(Answer):
    """The masked name of a payee."""

    name = serializers.CharField()


def transfer_answer(transfer: Transfer, at: datetime) -> dict[str, Any]:
    """Return a transfer as the API shows it.

    The fields are written out for speed, because every accepted order is answered with it: 22 microseconds instead of
    30 by `TransferAnswer.of`.

    :param at: the bank's present instant, for the remaining seconds.
    """
    held = transfer.status == TransferStatus.HELD
    delayed = transfer.due_at is not None and transfer.due_at > transfer.accepted_at
    left = (transfer.due_at - at).total_seconds() if held and transfer.due_at else 0
    name = transfer.payee_name
    return {
        "id": str(transfer.id),
        "status": str(transfer.status),
        "amount": format_yuan(transfer.amount_fen),
        "channel": str(transfer.channel),
        "payer_account": str(transfer.payer_account_id) if transfer.payer_account_id else None,
        "payee": {
            "account_number": mask_account(transfer.payee_number),
            "name": mask_name(name) if name else None,
            "bank_code": transfer.payee_bank_code or None,
        },
        "accepted_at": rfc3339(transfer.accepted_at),
        "due_at": rfc3339(transfer.due_at),
        "cancellable_until": rfc3339(transfer.due_at) if delayed else None,
        "seconds_left": max(0, math.ceil(left)),
        "same_holder": transfer.same_holder,
        "rule": {
            "code": str(transfer.rule_code),
            "clause": transfer.rule_clause or None,
            "profile": transfer.rule_profile or None,
        }
        if transfer.rule_code
        else None,
        "delay": {"until": rfc3339(transfer.due_at), "clause": str(AFL_18_DELAY)} if transfer.first_due_at else None,
        "settled_at": rfc3339(transfer.settled_at),
        "outcome_code": transfer.outcome_code or None,
        "notice": notice(
            transfer.status,
            transfer.due_at,
            warnings=warnings_at(transfer.channel),
            to_another_bank=bool(transfer.payee_bank_code),
            delayed=transfer.first_due_at is not None,
        ),
        "warnings": {"version": transfer.warning_version, "kinds": transfer.warning_kinds.split(",")}
        if transfer.warning_kinds
        else None,
    }


def punctuality_answer(lateness: Lateness) -> dict[str, Any]:
    """Return the lateness of releases as the API shows it; all numbers are zero without a release."""
    return PunctualityAnswer.of(
        lateness,
        p50_ms=lateness.p50_ms or 0,
        p99_ms=lateness.p99_ms or 0,
        max_ms=lateness.max_ms or 0,
        buckets=dict(lateness.buckets),
    )
