"""Export the return of a clean-up campaign and record the export (导出存量清理报表)."""

from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings

from accounts.cleanup.queries.progress import ReturnSigners, campaign_of, money_of, progress_of, tables_of, title_of
from accounts.cleanup.vocabulary import ReturnForm
from accounts.vocabulary import DecisionKind, Rule
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import rfc3339, shanghai_day
from config.kernel.law.refusals import NotFound
from config.kernel.trail.decisions import deciding
from config.kernel.trail.sheets import MEDIA_TYPES, Sheet, Title, typed_workbook


@dataclass(frozen=True, slots=True)
class ReturnFile:
    """A return as a file. It holds counts only, nothing about a single customer.

    :ivar rows: the number of lines with figures.
    :ivar decision_id: the record of the export.
    """

    name: str
    media_type: str
    content: bytes = field(repr=False)
    rows: int
    decision_id: UUID


@transaction_required
def export_return(*, principal: Caller, campaign_id: UUID, form: ReturnForm) -> ReturnFile:
    """Return the figures of a campaign as a workbook or a PDF, and record the export.

    :raises NotFound: for an unknown campaign; nothing is recorded.
    """
    campaign = campaign_of(campaign_id)
    if campaign is None:
        raise NotFound
    with deciding(
        DecisionKind.EXPORT_CLEANUP, principal=principal, rule=Rule.CLEANUP_CAMPAIGN, object_id=campaign.id
    ) as decision:
        progress = progress_of(campaign)
        decision.at, decision.id = bank_now(), new_id()
        decision.facts = {"format": form.value, "figures_at": rfc3339(progress.at)}
        title, tables = (
            title_of(progress),
            tables_of(progress, money_of(campaign), ReturnSigners(settings.BANK_NAME, principal.name)),
        )
        if form is ReturnForm.PDF:
            # Imported late: only a PDF needs ReportLab.
            from accounts.cleanup.operations.return_paper import paper

            content = paper(title, tables, progress)
        else:
            with typed_workbook(
                [
                    Sheet(each.name, [[Title(name) for name in each.head], *each.lines], widths=(30, 24))
                    for each in tables
                ]
            ) as book:
                content = book.read()
        name = f"cleanup-{shanghai_day(campaign.as_of)}-{shanghai_day(progress.at)}.{form.value}"
        rows = sum(len(each.lines) for each in tables)
        return ReturnFile(name, MEDIA_TYPES[form], content, rows, decision.id)
