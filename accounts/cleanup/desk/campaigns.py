"""Start and seal a campaign: by a supervisor, the seal with a fresh code."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse

from accounts.cleanup.desk.forms import SealForm, StartForm
from accounts.cleanup.models import CleanupCampaign
from accounts.cleanup.operations.campaigns import seal_campaign, start_campaign
from accounts.cleanup.queries.population import population_now
from accounts.cleanup.queries.progress import campaign_of, progress_of
from accounts.desk.act_pages import ActPage, act_page
from config.frames.desk.access import desk_page, verify_second_factor
from config.frames.desk.drafts import form_arguments
from config.frames.desk.pages import found_or_404
from config.frames.desk.personal_settings import WRONG_CODE
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.law.text import text

TEMPLATE = "accounts/desk/cleanup/start.html"


@desk_page(Permission.RUN_CLEANUP)
def start(request: DeskRequest) -> HttpResponse:
    """Start a campaign over all customers who exceed a limit now; the page shows their number beforehand."""
    form = StartForm(**form_arguments(request))
    act = ActPage(
        title=text("启动清理活动", "Start a campaign"),
        button=text("启动", "Start"),
        explained=text(
            "按启动时点固定清理范围，此后不再增减。账户和银行卡照常使用，不会自动停用；超限未清理前，客户不能新开同类账户或新发借记卡。",
            "The population is frozen at this instant and does not change afterwards. Accounts and cards go on working and nothing is closed by itself; while the excess lasts, nothing more of that class is opened or issued.",
        ),
        form=form,
        work=lambda: start_campaign(
            principal=request.caller, name=form.cleaned_data["name"], deadline=form.cleaned_data["deadline"]
        ),
        back=reverse("desk:cleanup"),
        done=text("清理活动已启动，请分派案件。", "The campaign has started; the cases can be assigned."),
    )
    return act_page(request, act, _population, TEMPLATE)


@desk_page(Permission.RUN_CLEANUP)
def seal(request: DeskRequest, campaign_id: UUID) -> HttpResponse:
    """Seal a campaign with a fresh code: its figures never change afterwards."""
    campaign = found_or_404(campaign_of(campaign_id))
    form = SealForm(request.POST if request.method == "POST" else None)
    # Verified before the operation begins: a code is used up, even when the operation is refused.
    if request.method == "POST" and form.is_valid() and not verify_second_factor(request, form.cleaned_data["code"]):
        form.add_error("code", str(WRONG_CODE))
    act = ActPage(
        title=text("封存清理活动", "Seal the campaign"),
        button=text("确认封存", "Seal"),
        explained=text(
            "封存后，本活动的措施不能再办理或撤销，报表数字不再变动；剩余的超限仍照常使用，可在下一次活动中清理。封存不可撤销。",
            "Once sealed, no action of this campaign can be taken or undone, and its figures never change. Accounts and cards still in excess go on working and can be worked off in another campaign. Sealing cannot be undone.",
        ),
        form=form,
        work=lambda: seal_campaign(principal=request.caller, campaign_id=campaign_id),
        back=reverse("desk:cleanup-campaign", args=[campaign_id]),
        done=text("已封存。", "The campaign is sealed."),
        danger=True,
    )
    return act_page(request, act, lambda: _figures(campaign), TEMPLATE)


def _figures(campaign: CleanupCampaign) -> dict[str, Any]:
    total = progress_of(campaign).total
    return {
        "counted_title": campaign.name,
        "counted": [
            (text("期初超限", "Excess at the start"), total.excess.count),
            (text("已清理", "Worked off"), total.worked_off.count),
            (text("剩余", "Remaining"), total.remaining.count),
        ],
    }


def _population() -> dict[str, Any]:
    found = population_now()
    return {
        "counted_title": text("当前超限", "Excess now"),
        "counted": [
            (text("客户", "Customers"), found.customers),
            (text("超限账户", "Accounts"), found.accounts),
            (text("超限借记卡", "Debit cards"), found.cards),
        ],
        "counted_note": text("以启动时点为准。", "The instant of the start decides."),
    }
