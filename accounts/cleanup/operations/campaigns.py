"""Start and seal a clean-up campaign (启动、封存存量清理活动)."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from accounts.cleanup.models import CleanupAction, CleanupCampaign
from accounts.cleanup.policy import check_campaign_open, check_seal_campaign, check_start_campaign
from accounts.cleanup.queries.population import POPULATION, population_now
from accounts.cleanup.queries.progress import OF_CAMPAIGN, with_progress
from accounts.vocabulary import DecisionKind, RequestStatus, Rule
from config.kernel.access.keys import Caller
from config.kernel.approvals import open_about, settle_lapsed
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from config.kernel.database.transactions import transaction_required
from config.kernel.law.clauses import NOTICE_5_STOCK
from config.kernel.law.dates import rfc3339, shanghai_day
from config.kernel.law.refusals import BadRequest, NotFound
from config.kernel.law.text import Text
from config.kernel.trail.decisions import deciding

#: How many expired proposals are settled before a campaign is sealed.
_LAPSED_MAX = 10_000
# One statement reads one snapshot: what is opened or closed at the same time is included whole or not at all. The branch of
# a case is that of its oldest account in excess.
_RECORD_POPULATION = f"""
WITH {POPULATION},
cases AS (
  INSERT INTO accounts_cleanupcase (id, campaign_id, customer_id, branch, excess_accounts, excess_cards)
  SELECT uuidv7(), %(campaign)s, r.customer_id,
         (array_agg(r.branch ORDER BY r.account_opened_at, r.id) FILTER (WHERE r.beyond))[1],
         count(*) FILTER (WHERE r.beyond AND r."limit" <> 'cards'),
         count(*) FILTER (WHERE r.beyond AND r."limit" = 'cards')
  FROM ranked r JOIN accounts_customer c ON c.id = r.customer_id
  WHERE c.merged_into_id IS NULL
  GROUP BY r.customer_id
  RETURNING id, customer_id, excess_accounts, excess_cards
),
items AS (
  INSERT INTO accounts_cleanupitem (id, case_id, "limit", account_id, card_id, rank, beyond, opened_at, last_used_at,
                                    balance_fen, by_agent)
  SELECT uuidv7(), c.id, r."limit", CASE WHEN r.card_id IS NULL THEN r.id END, r.card_id, r.rank, r.beyond, r.opened_at,
         r.last_used_at, r.balance_fen, r.by_agent
  FROM cases c JOIN ranked r USING (customer_id)
  ORDER BY c.id, r."limit", r.rank
)
SELECT count(*) AS customers, coalesce(sum(excess_accounts), 0)::bigint AS accounts,
       coalesce(sum(excess_cards), 0)::bigint AS cards
FROM cases
"""  # noqa: S608 - constants
_RECORD_OUTCOMES = f"""
{with_progress(OF_CAMPAIGN)}
INSERT INTO accounts_cleanupoutcome (id, item_id, at, way) SELECT uuidv7(), id, at, way FROM settled
"""  # noqa: S608 - constants


@transaction_required
def start_campaign(*, principal: Caller, name: str, deadline: date) -> CleanupCampaign:
    """Start a campaign and record its population (启动存量清理活动): all customers who exceed a limit at this instant.

    It closes nothing; customers go on using what they have.

    :param deadline: the day by which the bank intends to finish; today or later.
    :raises BadRequest: when it has passed.
    :raises CampaignRuns: while another one is open.
    :raises NothingToCleanUp: when no customer exceeds a limit.
    :source: 通告第五条; 银发〔2016〕261号 一(一)1.
    """
    with deciding(DecisionKind.START_CLEANUP, principal=principal, rule=Rule.CLEANUP_CAMPAIGN) as decision:
        at = decision.at = bank_now()
        decision.clause = NOTICE_5_STOCK
        if deadline < shanghai_day(at):
            raise BadRequest({"deadline": [Text("完成期限不能早于今天。", "The deadline must not be before today.")]})
        decision.facts = {"cleanup_deadline": deadline.isoformat()}
        running = CleanupCampaign.objects.filter(sealed_at=None).values_list("id", flat=True).first()
        check_start_campaign(running=running, customers=population_now().customers)
        campaign = CleanupCampaign(id=new_id(), name=name, as_of=at, deadline=deadline, started_by_id=principal.id)
        # A second start at the same instant waits here for this one's commit, and then finds the campaign.
        campaign.save(force_insert=True)
        (counts,) = rows(_RECORD_POPULATION, {"campaign": campaign.id})
        decision.facts |= {f"beyond_{name}": number for name, number in counts.items()}
        decision.object_id = campaign.id
        return campaign


@transaction_required
def seal_campaign(*, principal: Caller, campaign_id: UUID) -> CleanupCampaign:
    """Seal a campaign (封存存量清理活动): its cases and figures never change afterwards.

    :raises NotFound: for an unknown campaign.
    :raises CleanupSealed: when it is sealed already.
    :raises CleanupActionsPending: while an action of it is pending.
    """
    with deciding(
        DecisionKind.SEAL_CLEANUP, principal=principal, rule=Rule.CLEANUP_CAMPAIGN, object_id=campaign_id
    ) as decision:
        settle_lapsed(_LAPSED_MAX)
        # Work on a case locks this row for share, so what was begun before is committed and visible here.
        campaign = CleanupCampaign.objects.select_for_update(no_key=True).filter(pk=campaign_id).first()
        if campaign is None:
            raise NotFound
        at = decision.at = bank_now()
        check_campaign_open(campaign.sealed_at)
        check_seal_campaign(_waiting(campaign, at))
        rows(_RECORD_OUTCOMES, {"campaign": campaign.id})
        campaign.sealed_at, campaign.sealed_by_id = max(at, campaign.as_of), principal.id
        campaign.save(update_fields=["sealed_at", "sealed_by"])
        decision.facts = {"sealed_at": rfc3339(campaign.sealed_at)}
        return campaign


def _waiting(campaign: CleanupCampaign, at: datetime) -> Sequence[UUID]:
    found = CleanupAction.objects.filter(item__case__campaign=campaign, status=RequestStatus.PENDING)
    ids = list(found.order_by("id").values_list("id", flat=True))
    proposals = open_about(ids, at)
    return [proposals.get(each, each) for each in ids]
