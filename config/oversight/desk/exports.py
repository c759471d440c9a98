"""Evidence taken out as a file (导出): masked, on record, with a receipt of what left (导出回执).

A file is written whole before it is sent, on disk when it grows: its receipt says how many rows it has and what the
SHA-256 of its bytes is. The receipt's number stands in the file's name, and in a workbook on a sheet of its own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any
from uuid import UUID

from django.http import HttpResponseBadRequest, HttpResponseBase
from django.views.decorators.http import require_POST

from config.frames.desk.access import desk_page
from config.frames.desk.files import sent, written
from config.frames.desk.labels import field_word, value_word
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import text
from config.kernel.models import ApprovalStatus, TrailKind, TrailOutcome
from config.kernel.trail import trail
from config.kernel.trail.decisions import deciding
from config.kernel.trail.evidence import decided
from config.kernel.trail.receipts import receipt_number
from config.kernel.trail.sheets import Sheet, Title, csv_lines, typed_workbook
from config.oversight.desk.export_rows import LISTS, Rows, trail_rows
from config.oversight.desk.export_transfers import transfer_facts, transfer_rows
from config.oversight.desk.trail import TRAIL_LISTS, WHO_MAX
from config.oversight.evidence import DecisionKind, ExportedList, Rule
from config.oversight.queries.evidence import read_filters
from transfers.desk.listing import TransferListForm

_TRANSFERS = "transfers"
_WIDE, _NARROW = 38, 22


@dataclass(frozen=True, slots=True)
class TakenOut:
    """A list that is taken out.

    :ivar facts: the filters, as the record of the export keeps them; `about` likewise for the trail.
    """

    facts: Mapping[str, str]
    days: Sequence[str]
    rows: Rows
    about: Mapping[str, Any]


@dataclass(slots=True)
class PassedRows:
    """Rows that are counted as they go by, the head not.

    :ivar count: so many went by.
    """

    rows: Iterator[list[Any]]
    count: int = field(default=-1)

    def __iter__(self) -> Iterator[list[Any]]:
        for row in self.rows:
            self.count += 1
            yield row


@require_POST
@desk_page(Permission.EXPORT_EVIDENCE, part=True)
def export(request: DeskRequest) -> HttpResponseBase:
    """Send a list as CSV or as a workbook; that it was taken out, by whom and by which filters is kept."""
    name, form = request.POST.get("list", ""), request.POST.get("format", "csv")
    at = bank_now()
    taken = _of_transfers(request) if name == _TRANSFERS else _of_evidence(request, name, at)
    if taken is None or form not in {"csv", "xlsx"}:
        return HttpResponseBadRequest()
    facts = {"list": name, "format": form, **taken.facts}
    decision_id = record_export(request, facts, at=at, about=taken.about)
    counted = PassedRows(taken.rows)
    file = _text_file(counted) if form == "csv" else _workbook(request, counted, name, facts, decision_id, at)
    return sent(file, "-".join((name, *taken.days)), form, rows=max(counted.count, 0), decision_id=decision_id)


def record_export(
    request: DeskRequest,
    facts: Mapping[str, Any],
    *,
    at: datetime,
    about: Mapping[str, Any],
    object_id: UUID | None = None,
) -> UUID:
    """Keep that something is taken out, before it is; return the decision's id, which numbers the receipt."""
    decision_id, caller = new_id(), request.caller

    def keep() -> None:
        more = {"id": decision_id, "object_id": object_id, "facts": dict(facts)}
        with deciding(DecisionKind.EXPORT, principal=caller, at=at, rule=Rule.EXPORT_EVIDENCE, **more):
            pass

    perform(keep)
    trail.record(TrailKind.EXPORT, request, **about)
    return decision_id


def _text_file(rows: Iterable[list[Any]]) -> IO[bytes]:
    return written(csv_lines(rows))[0]


def _workbook(
    request: DeskRequest, rows: PassedRows, name: str, facts: Mapping[str, str], decision_id: UUID, at: datetime
) -> IO[bytes]:
    first = list(next(iter(rows), []))
    listed = PassedRows(_again(first, rows.rows))
    widths = [_WIDE if _is_long(each) else _NARROW for each in first]

    def receipt() -> Iterator[list[Any]]:
        # Written after the list, whose rows it counts.
        rows.count = listed.count
        whole = next(iter(rows.rows), None) is None
        yield [Title(text("导出回执", "Receipt of an export")), receipt_number(decision_id)]
        yield [text("判定编号", "Decision"), decision_id]
        yield [text("导出人", "Taken out by"), request.caller.name]
        yield [text("导出时间", "Taken out at"), at]
        yield [text("行数", "Rows"), rows.count]
        yield [
            text("是否完整", "Complete"),
            text("是", "Yes") if whole else text("否，超出工作表上限", "No: more than a sheet holds"),
        ]
        for fact, value in facts.items():
            yield [
                field_word(fact, *decided(DecisionKind.EXPORT)),
                value_word(fact, value, *decided(DecisionKind.EXPORT)),
            ]
        yield [text("校验", "Check"), text("本文件的 SHA-256 见 5007 导出登记", "The SHA-256 of this file is in 5007")]

    return typed_workbook(
        [
            Sheet(ExportedList.word(name), listed, widths, headed=True),
            Sheet(text("回执", "Receipt"), receipt(), (_NARROW, _WIDE)),
        ]
    )


def _again(first: list[Any], rest: Iterable[list[Any]]) -> Iterator[list[Any]]:
    yield first
    yield from rest


def _is_long(title: Title) -> bool:
    return any(part in title.text for part in ("编号", "依据", "内容", " id", "Id", "Facts", "Subject"))


def _of_evidence(request: DeskRequest, name: str, at: datetime) -> TakenOut | None:
    """Return a list of evidence by the filters of its page, None where there is no such list, or it cannot be told by them."""
    if name not in LISTS and name not in TRAIL_LISTS:
        return None
    try:
        filters = read_filters(request.POST, at=at)
    except BadRequest:
        return None
    status = request.POST.get("status", "")
    facts = filters.parameters()
    if status in ApprovalStatus.values and name == "approvals":
        facts["status"] = status
    days, about = [str(filters.first_day), str(filters.last_day)], {"object_id": filters.about}
    if name in TRAIL_LISTS:
        who = request.POST.get("who", "").strip()[:WHO_MAX]
        facts |= {"trail_outcome": status} if status in TrailOutcome.values else {}
        facts |= {"who": who} if who else {}
        return TakenOut(facts, days, trail_rows(filters, status, TRAIL_LISTS[name].kinds, who), about)
    return TakenOut(facts, days, LISTS[name](filters, status, request.caller), about)


def _of_transfers(request: DeskRequest) -> TakenOut | None:
    """Return the list of transfers by the filters of its page, None where they cannot be read."""
    form = TransferListForm(request.POST)
    if not form.is_valid():
        return None
    facts = transfer_facts(form)
    days = [facts[name] for name in ("from", "to") if name in facts]
    about = {"customer_id": form.customer_id, "account_id": form.account_id}
    return TakenOut(facts, days, transfer_rows(form), about)
