"""Drawing of a person's penalty calendar: start and end of each bar, in whole units."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from blacklist.policy.calendar import ListingPeriod, Span, spans_of, union_end
from blacklist.policy.listings import Reverified
from blacklist.regimes import regimes
from blacklist.vocabulary import RestrictionCause, RestrictionKind
from config.frames.desk.axes import Axis, Tick
from config.kernel.law.clauses import clause_text
from config.kernel.law.dates import SHANGHAI, add_years, shanghai_day, start_of_day
from config.kernel.law.ends import day_text, end_text
from config.kernel.law.text import Text, noted

LEFT, RIGHT, WIDTH = 216, 880, 1130
TOP, LINE, BAR = 34, 24, 14

#: One bar serves both measures: the suspension of a bank account's non-counter business and that of all business of a
#: payment account have the same ends.
DRAWN = (RestrictionKind.NON_COUNTER_SUSPENDED, RestrictionKind.OPENING_BARRED)

_TONES = {RestrictionKind.NON_COUNTER_SUSPENDED: "suspension", RestrictionKind.OPENING_BARRED: "opening"}


@dataclass(frozen=True, slots=True)
class Bar:
    """One piece of a bar; `tone` names its style."""

    x: int
    width: int
    tone: str


@dataclass(frozen=True, slots=True)
class CalendarLine:
    """One line of the drawing: a heading, or a measure with its bar."""

    y: int
    text: str
    heading: bool = False
    bars: tuple[Bar, ...] = ()
    end: str = ""
    end_x: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the same calendar as a table, for readers without the drawing."""

    doc_no: str
    certificate_id: str
    certified_on: str
    measure: str
    clause: str
    starts_on: str
    last_day: str
    state: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A complete calendar drawing."""

    lines: tuple[CalendarLine, ...]
    ticks: tuple[Tick, ...]
    today_x: int
    height: int
    rows: tuple[Row, ...] = ()
    ends: tuple[tuple[str, str], ...] = field(default=())
    width: int = WIDTH
    left: int = LEFT
    right: int = RIGHT
    bar: int = BAR

    @property
    def foot(self) -> int:
        """Return the lower end of the axis lines, above the label for today."""
        return self.height - 18


def draw(
    entries: Sequence[ListingPeriod],
    *,
    at: datetime,
    reverified: Reverified | None = None,
    grace_days: int = 0,
    shows_papers: bool = True,
) -> Drawing | None:
    """Draw the measures of certificates on one axis, with today and the end of all of them together.

    :param shows_papers: whether the reader may see the certificates' numbers.
    :returns: None when there is nothing to draw, or when a measure has an unknown legal basis: a total without it
        would understate the restrictions.
    """
    if any(entry.listing.legal_basis not in regimes() for entry in entries):
        return None
    drawn = [
        (
            entry,
            [
                span
                for span in spans_of(entry, among=entries, reverified=reverified, grace_days=grace_days)
                if _is_drawn(span)
            ],
        )
        for entry in entries
    ]
    spans = [span for _, each in drawn for span in each]
    if not spans:
        return None
    axis = _axis(spans, at)
    lines: list[CalendarLine] = []
    y = TOP
    for entry, each in drawn:
        lines.append(CalendarLine(y, _heading(entry, shows_papers), heading=True))
        y += LINE
        for span in each:
            lines.append(_line(span, y, axis))
            y += LINE
    y, ends = _union(spans, lines, y, axis, at)
    return Drawing(
        lines=tuple(lines),
        ticks=_ticks(axis),
        today_x=axis.at(at),
        height=y + LINE,
        rows=tuple(_row(entry, span, at, shows_papers) for entry, each in drawn for span in each),
        ends=tuple(ends),
    )


def _is_drawn(span: Span) -> bool:
    return span.measure.kind in DRAWN


def _axis(spans: Sequence[Span], at: datetime) -> Axis:
    first = min(min(span.measure.starts_at for span in spans), at)
    last = max(max(span.measure.until or at for span in spans), at)
    began = start_of_day(shanghai_day(first).replace(month=1, day=1))
    ended = start_of_day(add_years(shanghai_day(last).replace(month=1, day=1), 1))
    if any(span.ends_at is None for span in spans):
        ended = max(ended, at + timedelta(days=365))
    return Axis(began, ended, LEFT, RIGHT)


def _ticks(axis: Axis) -> tuple[Tick, ...]:
    years = range(axis.first.year, axis.first.year + round((axis.last - axis.first) / timedelta(days=365.25)) + 1)
    day = shanghai_day(axis.first)
    begun = (start_of_day(day.replace(year=year)) for year in years[:: max(1, len(years) // 12)])
    return axis.ticks((each.astimezone(SHANGHAI) for each in begun), "%Y")


def _heading(entry: ListingPeriod, shows_papers: bool) -> str:
    certified = day_text(entry.listing.certified_on)
    text = Text(f"{certified.zh}认定", f"Certified {certified.en}")
    if shows_papers:
        text = Text(f"{text.zh} {entry.doc_no}", f"{text.en} {entry.doc_no}")
    if entry.revoked_at:
        day = day_text(shanghai_day(entry.revoked_at))
        over = Text("已更正", "corrected") if entry.corrected else Text("已撤销", "revoked")
        text = Text(f"{text.zh}（{day.zh}{over.zh}）", f"{text.en} ({over.en} {day.en})")
    return str(text)


def _line(span: Span, y: int, axis: Axis) -> CalendarLine:
    tone = _TONES[span.measure.kind]
    bars: list[Bar] = []
    # The term counts from the certification; until the approval no one was restricted.
    counted_to = min(span.restricts_from, span.measure.until or span.restricts_from)
    _add(bars, axis, span.measure.starts_at, counted_to, f"{tone} is-counted")
    _add(bars, axis, span.restricts_from, span.ends_at or axis.last, tone if not span.lifted else f"{tone} is-past")
    if span.lifted:
        _add(bars, axis, span.ends_at or axis.last, span.measure.until or axis.last, f"{tone} is-lifted")
    edge = max(bar.x + bar.width for bar in bars) if bars else LEFT
    return CalendarLine(y, str(span.measure.text), bars=tuple(bars), end=_end(span), end_x=edge + 6)


def _add(bars: list[Bar], axis: Axis, begin: datetime, end: datetime, tone: str) -> None:
    if end > begin:
        x = axis.at(begin)
        bars.append(Bar(x, max(axis.at(end) - x, 1), tone))


def _union(
    spans: Sequence[Span], lines: list[CalendarLine], y: int, axis: Axis, at: datetime
) -> tuple[int, list[tuple[str, str]]]:
    """Draw the remaining restrictions from now on, combined over all certificates."""
    ends = []
    lines.append(CalendarLine(y, str(Text("合计（取最晚的限制截止日）", "Total (latest end date)")), heading=True))
    y += LINE
    for kind, name, of_it in _measures(spans):
        last = union_end(of_it, kind, at=at)
        if last is None:
            lines.append(CalendarLine(y, name, end=str(Text("无", "None")), end_x=LEFT + 6))
            ends.append((name, str(Text("无", "None"))))
        else:
            x = axis.at(max(at, last.restricts_from))
            bar = Bar(x, max(axis.at(last.ends_at or axis.last) - x, 2), f"{_TONES[kind]} is-union")
            lines.append(CalendarLine(y, name, bars=(bar,), end=_end(last), end_x=bar.x + bar.width + 6))
            ends.append((name, _end(last)))
        y += LINE
    return y, ends


def _measures(spans: Sequence[Span]) -> Iterator[tuple[RestrictionKind, str, list[Span]]]:
    """Yield each measure with all spans that stop as much; a two-way suspension also stops outflow."""
    for kind in DRAWN:
        of_kind = [span for span in spans if span.measure.kind == kind]
        stopped = {span.measure.text: span.measure.stopped for span in of_kind} or {kind.text: frozenset()}
        for name, acts in sorted(stopped.items(), key=lambda each: -len(each[1])):
            yield kind, str(name), [span for span in of_kind if span.measure.stopped >= acts]


def _end(span: Span) -> str:
    if span.ends_at is None:
        return str(span.measure.end)
    if span.lifted:
        day = day_text(shanghai_day(span.ends_at))
        return str(Text(f"{day.zh}解除", f"Released {day.en}"))
    return str(end_text(span.ends_at))


def _row(entry: ListingPeriod, span: Span, at: datetime, shows_papers: bool) -> Row:
    if span.restricts(at):
        state = Text("限制中", "In force")
    elif span.ends_at is not None and span.ends_at <= at:
        state = Text("已解除", "Lifted") if span.lifted else Text("已期满", "Ended")
    else:
        state = Text("尚未开始", "Not yet in force")
    case = span.measure.cause == RestrictionCause.CASE_HOLDER
    kind, cause = span.measure.text, span.measure.cause.text
    return Row(
        doc_no=entry.doc_no if shows_papers else "",
        certificate_id=str(entry.listing.certificate_id) if shows_papers else "",
        certified_on=str(day_text(entry.listing.certified_on)),
        measure=str(noted(kind, cause.zh, cause.en) if case else kind),
        clause=clause_text(span.measure.clause),
        starts_on=str(day_text(shanghai_day(span.measure.starts_at))),
        last_day=_end(span),
        state=str(state),
    )
