"""Queries of evidence by filters: decisions, proposals, steps of transfers, receipts of exports; newest first.

Each list is read in pages by a cursor on the index of its instant, so that page one and page a thousand cost
the same, on the screen and in an export.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.queries.merged_customers import ids_of_customer
from accounts.vocabulary import Channel
from config.frames.desk.days import day_typed
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals.answers import ANSWERS, with_answer
from config.kernel.database.ids import read_id, read_reference
from config.kernel.database.sql import Row
from config.kernel.law.dates import day_end, shanghai_day, start_of_day
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Codes, Text
from config.kernel.models import Approval, ApprovalStatus, Decision, ExportReceipt, TrailRecord
from config.kernel.models.decisions import Outcome
from config.kernel.trail.decisions import KindList, administration
from config.kernel.trail.receipts import receipts_kept
from transfers.queries.listing import transfers_by_reference
from transfers.queries.steps import steps_between
from transfers.vocabulary import ReleasedBy, TransferStatus

#: Number of days in a list without chosen days.
DAYS_SHOWN = 7
#: Years that are accepted; the first and last days of the calendar would have no instant before or after them.
FIRST_YEAR, LAST_YEAR = 2000, 2999


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters of a list; invalid ones are left out.

    :ivar about: the id of a customer, of the object of an act, or of the principal.
    """

    first_day: date
    last_day: date
    kind: str = ""
    outcome: str = ""
    code: str = ""
    about: UUID | None = None

    @property
    def begins_at(self) -> datetime:
        """Return the first instant."""
        return start_of_day(self.first_day)

    @property
    def ends_at(self) -> datetime:
        """Return the exclusive end."""
        return day_end(self.last_day)

    def parameters(self) -> dict[str, str]:
        """Return the filters in the form of an address or a record."""
        days = {"from": self.first_day.isoformat(), "to": self.last_day.isoformat()}
        parts = {"kind": self.kind, "outcome": self.outcome, "code": self.code, "about": str(self.about or "")}
        return days | {name: value for name, value in parts.items() if value}


def read_filters(typed: Mapping[str, str], *, at: datetime) -> Filters:
    """Read filters; without days the last seven days.

    :raises BadRequest: naming an invalid day or id, or an end before the beginning, because an unfiltered list
        would be misunderstood.
    """
    faults: dict[str, list[str]] = {}
    last = _day("to", typed, faults) or shanghai_day(at)
    first = _day("from", typed, faults) or last - timedelta(days=DAYS_SHOWN - 1)
    if first > last:
        faults.setdefault("from", [Text("起日不得晚于止日。", "It begins after it ends.")])
    about = _about(typed.get("about", "").strip(), faults)
    if faults:
        raise BadRequest(faults)
    outcome = typed.get("outcome", "")
    return Filters(
        first_day=first,
        last_day=last,
        kind=typed.get("kind", "").strip()[:40],
        outcome=outcome if outcome in ANSWERS else "",
        code=typed.get("code", "").strip().upper()[:40],
        about=about,
    )


def decisions_of(filters: Filters) -> QuerySet[Decision]:
    """Return the filtered decisions, the newest first."""
    decisions = Decision.objects.select_related("principal").filter(at__gte=filters.begins_at, at__lt=filters.ends_at)
    if filters.kind in KindList.values:
        of_rules = filters.kind == KindList.RULES
        decisions = (
            decisions.exclude(kind__in=administration()) if of_rules else decisions.filter(kind__in=administration())
        )
    elif filters.kind:
        decisions = decisions.filter(kind=filters.kind)
    if filters.outcome:
        decisions = with_answer(decisions, filters.outcome)
    if filters.code:
        # Only refusals have codes; the additional condition lets the index of refusals be used.
        decisions = decisions.filter(code=filters.code, outcome=Outcome.REFUSED)
    if filters.about:
        about = filters.about
        decisions = decisions.filter(
            Q(customer_id__in=ids_of_customer(about)) | Q(object_id=about) | Q(account_id=about) | Q(principal_id=about)
        )
    return decisions.order_by("-at", "-id")


def decisions_on(ids: Collection[UUID], most: int) -> list[Decision]:
    """Return decisions about objects, the oldest first."""
    found = Decision.objects.select_related("principal").filter(object_id__in=list(ids))
    return list(found.order_by("at", "id")[:most])


def decision_by_id(decision_id: UUID) -> Decision | None:
    """Return a decision with its principal; None for an unknown id."""
    return Decision.objects.select_related("principal").filter(pk=decision_id).first()


def approvals_of(filters: Filters, caller: Caller, status: str, at: datetime) -> QuerySet[Approval]:
    """Return the proposals that a caller may see, filtered by the day of submission, the newest first.

    :param status: at an instant; an unknown status does not filter.
    """
    proposals = approvals.visible_to(caller).defer("remark", "subject_keys", "form")
    proposals = proposals.filter(made_at__gte=filters.begins_at, made_at__lt=filters.ends_at)
    if status in ApprovalStatus.values:
        proposals = approvals.with_status(proposals, status, at)
    if filters.kind:
        proposals = proposals.filter(kind=filters.kind)
    return proposals.order_by("-made_at", "-id")


def rows_after[M: (Decision, Approval, ExportReceipt, TrailRecord)](
    queryset: QuerySet[M], cursor: str, instant: str, *, oldest: bool = False
) -> QuerySet[M]:
    """Return the rows after a cursor.

    :param instant: the column of the order.
    :param oldest: whether the oldest comes first.
    """
    at, row_id = read_cursor(cursor)
    if at is None or row_id is None:
        return queryset.none()
    if oldest:
        return queryset.filter(**{f"{instant}__gte": at}).exclude(**{instant: at, "id__lte": row_id})
    return queryset.filter(**{f"{instant}__lte": at}).exclude(**{instant: at, "id__gte": row_id})


def page_after[M: (Decision, Approval, ExportReceipt, TrailRecord)](
    queryset: QuerySet[M], cursor: str | None, instant: str, most: int, *, oldest: bool = False
) -> tuple[list[M], str]:
    """Return a page of rows and the cursor of the next one; empty on the last page.

    :param cursor: start of the page; empty for the first one.
    :param instant: the column of the order.
    """
    rows = list((rows_after(queryset, cursor, instant, oldest=oldest) if cursor else queryset)[: most + 1])
    last = rows[most - 1] if len(rows) > most else None
    return rows[:most], write_cursor(getattr(last, instant), last.pk) if last else ""


def write_cursor(at: datetime, row_id: object) -> str:
    """Return the cursor of a row."""
    return f"{at.isoformat()}~{row_id}"


def read_cursor(cursor: str) -> tuple[datetime | None, UUID | None]:
    """Read a cursor; None for an invalid one."""
    instant, _, row_id = cursor.partition("~")
    try:
        at = datetime.fromisoformat(instant)
    except ValueError:
        return None, None
    return (at, read_id(row_id)) if at.tzinfo else (None, None)


def events_of(filters: Filters, *, status: str, before: int | None, most: int) -> list[Row]:
    """Return steps of transfers, the newest first."""
    return steps_between(
        filters.begins_at,
        filters.ends_at,
        status=status,
        code=filters.code,
        before=before,
        most=most,
        about=filters.about,
    )


def event_answer(row: Row) -> Row:
    """Return a step of a transfer with its codes in words; empty for missing values."""
    words: dict[str, type[Codes]] = {
        "channel": Channel,
        "old_status": TransferStatus,
        "new_status": TransferStatus,
        "released_by": ReleasedBy,
    }
    return {**row, **{name: codes.word(row[name] or "") for name, codes in words.items()}}


def _about(text: str, faults: dict[str, list[str]]) -> UUID | None:
    """Read an id, or the number on a transfer's slip; record a fault for any other text."""
    if not text or (found := read_id(text)):
        return found if text else None
    if (reference := read_reference(text)) is not None:
        transfers = transfers_by_reference(reference, most=1)
        if transfers:
            return transfers[0].id
        faults["about"] = [Text("没有该流水号的转账。", "No transfer has this number.")]
        return None
    faults["about"] = [Text("须为36位编号，或12位转账流水号。", "An id has 36 characters, a transfer's number 12.")]
    return None


def _day(name: str, typed: Mapping[str, str], faults: dict[str, list[str]]) -> date | None:
    """Read a day, None for an empty text; record a fault for any other text or a day too far away."""
    text = typed.get(name, "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(day_typed(text))
    except ValueError:
        day = date.min
    if FIRST_YEAR <= day.year <= LAST_YEAR:
        return day
    faults[name] = [
        Text(f"须为 YYYY-MM-DD 形式的日期，{FIRST_YEAR} 至 {LAST_YEAR} 年。", f"A day as YYYY-MM-DD, {FIRST_YEAR} to {LAST_YEAR}.")
    ]  # fmt: skip
    return None


def receipts_of(filters: Filters, digest: bytes | None = None) -> QuerySet[ExportReceipt]:
    """Return receipts; with a digest all receipts of that file, whatever the days.

    :param digest: SHA-256 of the file.
    """
    receipts = receipts_kept()
    if digest is not None:
        return receipts.filter(sha256=digest)
    receipts = receipts.filter(written_at__gte=filters.begins_at, written_at__lt=filters.ends_at)
    if filters.about:
        about = filters.about
        receipts = receipts.filter(
            Q(decision_id=about) | Q(decision__principal_id=about) | Q(decision__object_id=about)
        )
    return receipts
