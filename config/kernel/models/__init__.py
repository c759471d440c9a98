"""The kernel's tables."""

from config.kernel.models.administration import Administration, AdministrationKind, Enrolment, Founding
from config.kernel.models.approvals import (
    Approval,
    ApprovalAttachment,
    ApprovalClaim,
    ApprovalComment,
    ApprovalStatus,
    ProposedModel,
    in_force_since,
)
from config.kernel.models.base import CodeField, PrincipalKey, UuidModel, by_reference, column_word, numbered
from config.kernel.models.decisions import Decision, Outcome
from config.kernel.models.marks import KeyKind, KeyMark
from config.kernel.models.principals import BUSINESS, MACHINES, ApiKey, Person, Principal, Role
from config.kernel.models.proofs import ExportReceipt, ProofRun
from config.kernel.models.requests import FormDraft, IdempotencyKey, SavedView
from config.kernel.models.restores import Restore
from config.kernel.models.sandbox import SandboxClock
from config.kernel.models.scans import SealedScan
from config.kernel.models.sign_ins import Passkey, RecoveryCode, RecoverySheet, SecondFactor, SignIn, SignInEnd
from config.kernel.models.slips import SlipKind, SlipPrint
from config.kernel.models.trail import BudgetUse, QueryReason, TrailKind, TrailOutcome, TrailRecord, TrailWay

__all__ = [
    "BUSINESS",
    "MACHINES",
    "Administration",
    "AdministrationKind",
    "ApiKey",
    "Approval",
    "ApprovalAttachment",
    "ApprovalClaim",
    "ApprovalComment",
    "ApprovalStatus",
    "BudgetUse",
    "CodeField",
    "Decision",
    "Enrolment",
    "ExportReceipt",
    "FormDraft",
    "Founding",
    "IdempotencyKey",
    "KeyKind",
    "KeyMark",
    "Outcome",
    "Passkey",
    "Person",
    "Principal",
    "PrincipalKey",
    "ProofRun",
    "ProposedModel",
    "QueryReason",
    "RecoveryCode",
    "RecoverySheet",
    "Restore",
    "Role",
    "SandboxClock",
    "SavedView",
    "SealedScan",
    "SecondFactor",
    "SignIn",
    "SignInEnd",
    "SlipKind",
    "SlipPrint",
    "TrailKind",
    "TrailOutcome",
    "TrailRecord",
    "TrailWay",
    "UuidModel",
    "by_reference",
    "column_word",
    "in_force_since",
    "numbered",
]
