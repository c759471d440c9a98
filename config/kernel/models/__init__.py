"""The kernel's tables."""

from config.kernel.models.approvals import Approval, ApprovalStatus
from config.kernel.models.base import UuidModel
from config.kernel.models.decisions import Decision, Outcome
from config.kernel.models.marks import KeyKind, KeyMark
from config.kernel.models.principals import MACHINES, ApiKey, Principal, Role
from config.kernel.models.proposed import ProposedModel, in_force_since
from config.kernel.models.requests import IdempotencyKey
from config.kernel.models.restores import Restore
from config.kernel.models.sandbox import SandboxClock
from config.kernel.models.second_factors import SecondFactor

__all__ = [
    "MACHINES",
    "ApiKey",
    "Approval",
    "ApprovalStatus",
    "Decision",
    "IdempotencyKey",
    "KeyKind",
    "KeyMark",
    "Outcome",
    "Principal",
    "ProposedModel",
    "Restore",
    "Role",
    "SandboxClock",
    "SecondFactor",
    "UuidModel",
    "in_force_since",
]
