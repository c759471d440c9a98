"""When a clean-up campaign starts, who may have its cases, and when it is sealed (存量清理活动)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.cleanup.refusals import (
    CampaignRuns,
    CasesAssigned,
    CleanupActionsPending,
    CleanupSealed,
    NotForTellers,
    NothingToCleanUp,
)

#: How many of the proposals that bar a seal are named.
NAMED = 20


@dataclass(frozen=True, slots=True)
class Assignment:
    """What somebody wants to do with cases.

    :ivar assignees: whose the cases are now; None for nobody's.
    :ivar to_self: whether they become the caller's own, and nothing else of them changes.
    """

    caller_id: UUID
    supervises: bool
    assignees: Collection[UUID | None]
    to_self: bool


def check_start_campaign(*, running: UUID | None, customers: int) -> None:
    """Check that a campaign may start (启动存量清理).

    :param running: the campaign that is not sealed yet, if there is one.
    :param customers: how many exceed a limit.
    :raises CampaignRuns: one runs: a customer's excess is one case, not two.
    :raises NothingToCleanUp: nobody exceeds a limit.
    :source: 通告第五条 抓紧完成借记卡存量清理工作; 银发〔2016〕261号 一(一)1.
    """
    if running is not None:
        raise CampaignRuns(campaign_id=str(running))
    if not customers:
        raise NothingToCleanUp


def check_campaign_open(sealed_at: datetime | None) -> None:
    """Check that a campaign still takes work.

    :raises CleanupSealed: its figures stand.
    :source: house rule: what was returned to the regulator is what the bank shows for ever.
    """
    if sealed_at is not None:
        raise CleanupSealed


def check_seal_campaign(pending: Iterable[UUID]) -> None:
    """Check that a campaign may be sealed (封存): nothing of it waits for a second person.

    :param pending: the proposals that do.
    :raises CleanupActionsPending: it names the first of them.
    :source: house rule: a proposal that were approved later would change figures that stand.
    """
    waiting = [str(each) for each in pending]
    if waiting:
        raise CleanupActionsPending(count=len(waiting), approval_ids=waiting[:NAMED])


def check_assign_cases(wanted: Assignment) -> None:
    """Check that cases may be assigned (分派案件): by a supervisor any, a teller takes those that are nobody's.

    :raises NotForTellers: a teller assigns to somebody else, or changes more than that.
    :raises CasesAssigned: some are somebody else's already.
    :source: house rule: who works at a case is one person, whom a supervisor can change.
    """
    if wanted.supervises:
        return
    if not wanted.to_self:
        raise NotForTellers
    others = sum(each not in {None, wanted.caller_id} for each in wanted.assignees)
    if others:
        raise CasesAssigned(count=others)
