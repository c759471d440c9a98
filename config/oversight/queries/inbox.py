"""Proposals for the inbox (复核中心), and other proposals about the same customer or by the same maker (其他申请)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.db.models import Count, QuerySet

from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.ids import read_id
from config.kernel.law.text import Text
from config.kernel.models import Approval, ApprovalStatus, Decision, Outcome, Principal

#: Filter: proposals that the caller may decide or has to correct.
MINE = "mine"
MINE_TEXT = Text("由我办理", "For me")
#: Filter: proposals that wait for a decision by anybody, or for a correction by the caller.
OPEN = "open"
OPEN_TEXT = Text("待复核和待补正", "To decide or to correct")
ALL = "all"
#: Highest number that is counted; a larger one is shown as more than this.
COUNTED = 999


class ClaimFilter(StrEnum):
    """Filter by claim: claimed by the caller, or unclaimed (领取)."""

    MINE = "mine"
    NOBODYS = "nobodys"


class Age(StrEnum):
    """How long a proposal has waited: half of `APPROVAL_DUE_HOURS`, or the whole time."""

    SOON = "soon"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """Filters of the inbox.

    :ivar maker: part of a maker's name.
    :ivar claimed: only proposals claimed by the caller, or unclaimed ones.
    :ivar late: only proposals that have waited too long.
    :ivar newest: the newest first.
    """

    status: str = ApprovalStatus.PENDING
    kind: str = ""
    maker: str = ""
    claimed: ClaimFilter | None = None
    late: bool = False
    newest: bool = False

    @classmethod
    def read(cls, asked: Mapping[str, str], default: str) -> "InboxFilter":
        """Return the filters in an address."""
        kind = asked.get("kind", "")
        return cls(
            status=asked.get("status", default),
            kind=kind if kind in approvals.bank_kinds() else "",
            maker=asked.get("maker", "").strip()[:64],
            claimed=ClaimFilter(claimed) if (claimed := asked.get("claimed", "")) in ClaimFilter else None,
            late=asked.get("late") == "1",
            newest=asked.get("sort") == "new",
        )

    @property
    def query(self) -> dict[str, str]:
        """Return the filters in the form of an address."""
        words = {"status": self.status, "kind": self.kind, "maker": self.maker}
        words |= {"claimed": self.claimed.value} if self.claimed else {}
        return words | ({"late": "1"} if self.late else {}) | ({"sort": "new"} if self.newest else {})


def filtered_proposals(wanted: InboxFilter, caller: Caller, at: datetime) -> QuerySet[Approval]:
    """Return the proposals that a caller may see, filtered and ordered."""
    proposals = approvals.visible_to(caller).defer("remark", "subject_keys", "form")
    to_correct = proposals.filter(pk__in=approvals.to_correct(caller, at).values("pk"))
    if wanted.status == MINE:
        proposals = proposals.filter(pk__in=approvals.to_decide(caller, at).values("pk")) | to_correct
    elif wanted.status == OPEN:
        pending = approvals.with_status(proposals, ApprovalStatus.PENDING, at)
        proposals = pending | to_correct
    elif wanted.status in ApprovalStatus.values:
        proposals = approvals.with_status(proposals, wanted.status, at)
    if wanted.kind:
        proposals = proposals.filter(kind=wanted.kind)
    if wanted.maker:
        proposals = proposals.filter(made_by_id__in=Principal.objects.filter(name__icontains=wanted.maker).values("pk"))
    if wanted.late:
        late = proposals.filter(made_at__lte=at - timedelta(hours=settings.APPROVAL_DUE_HOURS))
        proposals = approvals.with_status(late, ApprovalStatus.PENDING, at)
    if wanted.claimed:
        proposals = approvals.with_status(proposals, ApprovalStatus.PENDING, at)
        mine = wanted.claimed is ClaimFilter.MINE
        proposals = approvals.claimed_by(proposals, caller, at) if mine else approvals.unclaimed(proposals, at)
    return proposals.order_by("-pk" if wanted.newest else "pk")


def kinds_with_several(caller: Caller, at: datetime) -> list[tuple[str, int]]:
    """Return the kinds of which a caller can decide several proposals with one code, each with their number.

    Proposals with comments or scans, and those claimed by others, are not counted.
    """
    waiting = approvals.unclaimed(approvals.to_decide(caller, at), at, by_others_than=caller)
    alike = approvals.with_notes(waiting, none=True).values("kind").annotate(count=Count("pk")).filter(count__gt=1)
    return list(alike.order_by("kind").values_list("kind", "count"))


def after_cursor(proposals: QuerySet[Approval], wanted: InboxFilter, cursor: str) -> QuerySet[Approval]:
    """Return the proposals after a cursor in the order of the list."""
    row_id = read_id(cursor)
    if row_id is None:
        return proposals.none()
    return proposals.filter(pk__lt=row_id) if wanted.newest else proposals.filter(pk__gt=row_id)


def age_of(approval: Approval, status: str, at: datetime) -> Age | None:
    """Return whether a waiting proposal has waited half or all of the allowed time; None for others."""
    if status != ApprovalStatus.PENDING:
        return None
    due = timedelta(hours=settings.APPROVAL_DUE_HOURS)
    waited = at - approval.made_at
    return Age.LATE if waited >= due else Age.SOON if waited >= due / 2 else None


#: Maximum number of other proposals by customer and by maker.
MOST = 5
#: Number of a customer's last submissions that are searched.
_LOOKED_AT = 20


def earlier_of_customer(customer_id: UUID, approval: Approval, caller: Caller) -> list[Approval]:
    """Return the latest other proposals about a customer, the newest first, found by their submissions."""
    asking = approvals.submission_kinds()
    asked = Decision.objects.filter(customer_id=customer_id, outcome=Outcome.ALLOWED, kind__in=list(asking))
    submitted = list(asked.order_by("-at").values_list("at", "principal_id")[:_LOOKED_AT])
    found = _other_proposals(approval, caller).filter(
        # Lists every status, because the index begins with the status.
        status__in=ApprovalStatus.values,
        kind__in={name for names in asking.values() for name in names},
        made_at__in={at for at, _ in submitted},
        made_by_id__in={by for _, by in submitted},
    )
    pairs = set(submitted)
    return [each for each in found.order_by("-made_at") if (each.made_at, each.made_by_id) in pairs][:MOST]


def earlier_of_maker(approval: Approval, caller: Caller) -> list[Approval]:
    """Return the latest other proposals of a maker, the newest first."""
    return list(_other_proposals(approval, caller).filter(made_by_id=approval.made_by_id).order_by("-pk")[:MOST])


def _other_proposals(approval: Approval, caller: Caller) -> QuerySet[Approval]:
    return approvals.visible_to(caller).exclude(pk=approval.pk).defer("remark", "subject_keys", "form")
