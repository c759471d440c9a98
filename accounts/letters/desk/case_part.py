"""The letters in the evidence of a certificate's case (案件证据)."""

from collections.abc import Collection, Iterable
from uuid import UUID

from accounts.letters.models import Letter
from accounts.letters.queries.composition import content_read
from accounts.letters.queries.issued_letters import letters_on, paper_of
from accounts.letters.vocabulary import DeliveryWay, LetterKind
from config.frames.desk.templatetags.desk import moment
from config.kernel.law.ends import day_text
from config.kernel.law.text import Text, language, text

#: How many letters are listed; the others are in the register of letters.
LETTERS_MAX = 50


def part_of_case(certificate_ids: Collection[UUID]) -> tuple[Text, Iterable[tuple[str, str]], list[UUID]]:
    """Return the part of a case about the letters that rest on its certificates: title, lines, and the ids of the letters."""
    letters = letters_on(certificate_ids, LETTERS_MAX + 1)
    return Text("信函", "Letters"), _lines(letters), [each.id for each in letters]


def _lines(letters: list[Letter]) -> Iterable[tuple[str, str]]:
    for each in letters[:LETTERS_MAX]:
        yield LetterKind.word(each.kind), f"{each.number} · {each.issued_by.name} · {moment(each.issued_at)}"
        yield text("内容 SHA-256", "Content, SHA-256"), f"{each.digest} · {text('校验码', 'Code')} {each.code}"
        paper = paper_of(content_read(each), code=each.code, nth=0, masked=True)
        part = paper.parts[0 if language() == "zh" else 1]
        yield text("致", "To"), part.greeting
        for head, lines in part.sections:
            yield head, " ".join(lines)
        for one in sorted(each.prints.all(), key=lambda row: row.nth):
            parts = (text(f"第{one.nth}次", f"no. {one.nth}"), one.principal.name, moment(one.at), one.digest)
            yield text("打印", "Print"), " · ".join(filter(None, parts))
        for sent in sorted(each.deliveries.all(), key=lambda row: row.at):
            parts = (DeliveryWay.word(sent.way), str(day_text(sent.day)), sent.tracking_number, sent.principal.name)
            yield text("送达", "Delivery"), " · ".join(filter(None, parts))
    if len(letters) > LETTERS_MAX:
        yield (
            "",
            text(
                f"仅列前{LETTERS_MAX}封，其余见信函登记。",
                f"The first {LETTERS_MAX}; the others are in the register of letters.",
            ),
        )
