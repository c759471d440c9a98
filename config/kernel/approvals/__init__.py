"""Two persons: one proposes, another decides (经办/复核); one life for every kind, and a registry of the kinds.

An app registers its kinds when Django starts; whoever shows, decides, proves or counts proposals asks the registry.
"""

from config.kernel.approvals.life import (
    MOVES,
    UNENDING,
    Place,
    approve,
    make_room,
    propose,
    reject,
    settle_lapsed,
    withdraw,
)
from config.kernel.approvals.queries import (
    brought_by,
    changed_since,
    evidence_for,
    is_own,
    is_stale,
    latest_about,
    open_about,
    proposal_of,
    status_at,
    turned_down,
    visible_to,
    with_status,
)
from config.kernel.approvals.refusals import ApprovalDecided, ApprovalPending, ApprovalStale, NotTheMaker
from config.kernel.approvals.registry import (
    Kind,
    Record,
    asking_kinds,
    deciding_role,
    kinds,
    no_evidence,
    of_administration,
    of_the_bank,
    register,
)

__all__ = [
    "MOVES",
    "UNENDING",
    "ApprovalDecided",
    "ApprovalPending",
    "ApprovalStale",
    "Kind",
    "NotTheMaker",
    "Place",
    "Record",
    "approve",
    "asking_kinds",
    "brought_by",
    "changed_since",
    "deciding_role",
    "evidence_for",
    "is_own",
    "is_stale",
    "kinds",
    "latest_about",
    "make_room",
    "no_evidence",
    "of_administration",
    "of_the_bank",
    "open_about",
    "proposal_of",
    "propose",
    "register",
    "reject",
    "settle_lapsed",
    "status_at",
    "turned_down",
    "visible_to",
    "with_status",
    "withdraw",
]
