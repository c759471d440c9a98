"""API of the sandbox: read and move the bank's clock. It exists only if SANDBOX is on."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from rest_framework import exceptions, serializers
from rest_framework.request import Request

from config.frames.api.answers import Answer
from config.frames.api.fields import InstantField, StrictSerializer
from config.frames.api.views import ContractView, Result
from config.kernel.access.keys import Caller
from config.kernel.database import clock
from config.kernel.law.text import Text
from config.kernel.models import BUSINESS
from transfers.operations import sandbox
from transfers.tasks import wake_release

ANYBODY = set(BUSINESS)


class FlagField(serializers.BooleanField):
    """A JSON boolean; words and numbers are refused."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class SecondsField(serializers.FloatField):
    """A JSON number of seconds, zero or more."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, bool) or not isinstance(data, int | float | Decimal):
            raise serializers.ValidationError([Text("须为数字（秒）。", "A number of seconds.")])
        return Decimal(str(data))


class ClockBody(StrictSerializer):
    """New state of the clock; absent fields stay unchanged."""

    examples = {"stopped": {"frozen": True}, "running": {"frozen": False}}

    now = InstantField(required=False)
    frozen = FlagField(required=False)


class AdvanceBody(StrictSerializer):
    """Number of seconds by which the clock moves ahead."""

    examples = {"day": {"seconds": 86400}, "moment": {"seconds": 0.5}}

    seconds = SecondsField(
        min_value=0, max_value=clock.MAX_JUMP.total_seconds(), error_messages={"max_value": clock.TOO_FAR}
    )


class ClockAnswer(Answer):
    """The bank's clock."""

    now = InstantField()
    frozen = serializers.BooleanField()


def _answer(now: datetime, frozen: bool) -> dict[str, Any]:
    return ClockAnswer.of(now=now, frozen=frozen)


class _SandboxView(ContractView):
    keyed = False

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not settings.SANDBOX:
            raise exceptions.NotFound


class ClockView(_SandboxView):
    """`GET` and `PUT /sandbox/clock`."""

    roles = {"GET": ANYBODY, "PUT": ANYBODY}
    body = ClockBody
    answers = {"GET": {200: ClockAnswer}, "PUT": {200: ClockAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> dict[str, Any]:
        return _answer(*clock.sandbox_clock())

    def look_up(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        moved = sandbox.set_clock(now=data.get("now"), frozen=data.get("frozen"), wake=wake_release)
        return 200, _answer(*moved)


class AdvanceView(_SandboxView):
    """`POST /sandbox/clock/advance`."""

    roles = {"POST": ANYBODY}
    body = AdvanceBody
    answers = {"POST": {200: ClockAnswer}}

    def look_up(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        return 200, _answer(*sandbox.advance_clock(data["seconds"], wake=wake_release))
