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
from config.kernel.models.trail import BudgetUse, QueryReason, TrailKind, TrailOutcome, TrailRecord, TrailWay

__all__ = [
    "MACHINES",
    "ApiKey",
    "Approval",
    "ApprovalStatus",
    "BudgetUse",
    "Decision",
    "IdempotencyKey",
    "KeyKind",
    "KeyMark",
    "Outcome",
    "Principal",
    "ProposedModel",
    "QueryReason",
    "Restore",
    "Role",
    "SandboxClock",
    "TrailKind",
    "TrailOutcome",
    "TrailRecord",
    "TrailWay",
    "UuidModel",
    "in_force_since",
]
