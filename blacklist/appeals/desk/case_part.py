"""Appeals against a certificate as one part of the evidence of its case."""

from collections.abc import Iterable, Iterator
from datetime import date
from uuid import UUID

from blacklist.appeals.models import Appeal
from blacklist.appeals.queries.appeals import appeals_of, attachments_of
from blacklist.appeals.vocabulary import AppealStatus
from config.frames.desk.labels import NOTHING
from config.frames.desk.templatetags.desk import moment
from config.kernel.law.ends import day_text
from config.kernel.law.text import Text, text


def part_of_case(certificate_id: UUID) -> tuple[Text, Iterable[tuple[str, str]], list[UUID]]:
    """Return heading, lines and decided objects for the appeals of a certificate, with answers and scans."""
    appeals = appeals_of(certificate_id)
    return Text("申诉", "Appeals"), _lines(appeals), [each.id for each in appeals]


def _lines(appeals: Iterable[Appeal]) -> Iterator[tuple[str, str]]:
    for each in appeals:
        parts = (_day(each.received_on), each.doc_no or NOTHING, AppealStatus.word(each.status), each.made_by.name)
        yield text("收到", "Received"), " · ".join(parts)
        yield (
            text("转交、答复", "Passed on, answered"),
            f"{_day(each.forwarded_on)} · {_day(each.answered_on)} {each.answer_no}",
        )
        for paper in attachments_of(each.id):
            kept = moment(paper.at)
            yield text("附件 SHA-256", "Scan, SHA-256"), f"{paper.digest} · {paper.principal.name} · {kept}"


def _day(day: date | None) -> str:
    return str(day_text(day)) if day else NOTHING
