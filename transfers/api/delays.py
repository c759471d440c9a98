"""API view of the bank's delay of a held transfer (延缓到账)."""

from typing import Any

from config.frames.api import shapes
from config.frames.api.answers import ProposedAnswer
from config.frames.api.fields import IdField, InstantField, StrictSerializer, TextField, path_id
from config.frames.api.links import PROPOSED
from config.frames.api.views import ContractView, Result
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import ROLES, Permission
from transfers.operations.delays import ask_delay


class DelayBody(StrictSerializer):
    """A delay: the new due instant, at most 72 hours after the present one, and the suspicion that it rests on."""

    examples = {"a day": {"until": "2026-01-07T12:00:00+08:00", "reason": "等待家属核实", "suspicion_id": shapes.AN_ID}}

    until = InstantField()
    reason = TextField(max_length=1000)
    suspicion_id = IdField()


class DelayProposedAnswer(ProposedAnswer):
    """A proposed delay. Only the desk shows its reason."""

    transfer_id = IdField()
    until = InstantField()
    suspicion_id = IdField()


class DelaysView(ContractView):
    """`POST /transfers/{id}/delays`."""

    roles = {"POST": ROLES[Permission.DELAY_TRANSFER]}
    links = {"POST": PROPOSED}
    body = DelayBody
    answers = {"POST": {201: DelayProposedAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        row, approval = ask_delay(principal=caller, transfer_id=path_id(path["transfer_id"]), **data)
        return 201, DelayProposedAnswer.of(row, approval_id=approval.id)
