"""Issued letters: how they are found, how their paper looks, and the check of a paper or a file (信函核验)."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.letters.models import Letter, LetterDelivery, LetterPrint
from accounts.letters.queries.words import LetterContent
from accounts.letters.vocabulary import DeliveryWay, LetterKind
from config.kernel.identity.masking import Unreadable, mask_name
from config.kernel.law.ends import day_text


@dataclass(frozen=True, slots=True)
class PaperPart:
    """A letter in one language."""

    language: str
    title: str
    number: str
    greeting: str = field(repr=False)
    sections: tuple[tuple[str, tuple[str, ...]], ...] = field(repr=False)
    signature: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LetterPaper:
    """A letter on paper: in Chinese, in English, and the foot of each sheet."""

    parts: tuple[PaperPart, PaperPart]
    foot: str


def paper_of(content: LetterContent, *, code: str, nth: int, masked: bool = False) -> LetterPaper:
    """Return a letter as its paper shows it.

    :param code: the code by which it is checked.
    :param nth: the number of the print, 0 for none; each after the first is marked as a reprint.
    :param masked: whether the name is masked, as on a screen.
    """
    again = f" · 重印 {nth - 1} / Reprint {nth - 1}" if nth > 1 else ""
    foot = f"{content.number} · 校验码 / Code {code}{again}"
    return LetterPaper((_part(content, "zh", masked=masked), _part(content, "en", masked=masked)), foot)


def _part(content: LetterContent, language: str, *, masked: bool) -> PaperPart:
    zh = language == "zh"
    name = mask_name(content.name) if masked else content.name
    document = content.document.in_language(language)
    bracketed = (f"（{document}）" if zh else f" ({document})") if document else ""
    day = day_text(content.day).in_language(language)
    return PaperPart(
        language=language,
        title=content.title.in_language(language),
        number=content.number,
        greeting=f"{name}{bracketed}：" if zh else f"To {name}{bracketed}:",
        sections=tuple(
            (each.head.in_language(language), tuple(line.in_language(language) for line in each.lines))
            for each in content.sections
        ),
        signature=(*_signed(content, language), day),
    )


def _signed(content: LetterContent, language: str) -> Iterator[str]:
    """Yield the lines that sign a letter: the bank with the place of its seal, and its telephone."""
    yield f"{content.bank}（盖章）" if language == "zh" else f"{content.bank} (seal)"
    if content.phone:
        yield f"电话：{content.phone}" if language == "zh" else f"Telephone: {content.phone}"


def find_letter(letter_id: UUID) -> Letter | None:
    """Return a letter with the person who issued it, None for an unknown id."""
    return (
        Letter.objects.select_related("issued_by", "customer", "replaces", "replaced_by").filter(pk=letter_id).first()
    )


def prints_of(letter: Letter) -> QuerySet[LetterPrint]:
    """Return the prints of a letter, the first one first, each with the person who made it."""
    return LetterPrint.objects.filter(letter=letter).select_related("principal").order_by("nth")


def deliveries_of(letter: Letter) -> QuerySet[LetterDelivery]:
    """Return the deliveries of a letter, the last first."""
    return LetterDelivery.objects.filter(letter=letter).select_related("principal").order_by("-at", "-id")


def letters_on(certificate_ids: Collection[UUID], most: int) -> list[Letter]:
    """Return the letters that rest on certificates, the first one first, with prints and deliveries."""
    found = Letter.objects.filter(certificate_id__in=list(certificate_ids)).select_related("issued_by")
    found = found.prefetch_related("prints__principal", "deliveries__principal").order_by("issued_at", "id")
    return list(found[:most])


def _with_delivery(letters: QuerySet[Letter]) -> QuerySet[Letter]:
    """Return letters, each with `last_way`, its last way of delivery; None where there is none."""
    last = LetterDelivery.objects.filter(letter=OuterRef("pk")).order_by("-at", "-id")
    return letters.annotate(last_way=Subquery(last.values("way")[:1]))


def letters_to(ids: Collection[UUID]) -> QuerySet[Letter]:
    """Return the letters to customers without their content, each with `last_way` and `print_count`."""
    found = _with_delivery(Letter.objects.filter(pk__in=list(ids))).defer("content")
    last = LetterPrint.objects.filter(letter=OuterRef("pk")).order_by("-nth")
    return found.annotate(print_count=Coalesce(Subquery(last.values("nth")[:1]), 0))


def issued_of(letters: Collection[Letter]) -> list[Letter]:
    """Return letters with their deliveries, the newest first, from letters read without them."""
    found = _with_delivery(Letter.objects.filter(pk__in=[each.pk for each in letters])).select_related("issued_by")
    return list(found.defer("content").order_by("-issued_at", "-id"))


def undelivered() -> QuerySet[Letter]:
    """Return the letters that were not delivered and not replaced by another."""
    replaced = Letter.objects.filter(replaces=OuterRef("pk"))
    found = _with_delivery(Letter.objects.filter(~Exists(replaced)))
    return found.filter(Q(last_way=None) | Q(last_way=DeliveryWay.RETURNED)).select_related("issued_by")


def letters_about(certificate_id: UUID) -> QuerySet[Letter]:
    """Return the letters that rest on a certificate."""
    return _with_delivery(Letter.objects.filter(certificate_id=certificate_id)).select_related("issued_by")


_NUMBER = re.compile(r"(?P<short>\w{2,4})[〔\[［(（](?P<year>[0-9]{4})[〕\]］)）](?P<serial>[0-9]{1,9})号?")
#: How many letters are read at a time by the proof, which checks all of them.
_BATCH = 500


@dataclass(frozen=True, slots=True)
class LetterChecked:
    """Result of the check of a paper.

    :ivar letter: the letter with that number and code; None where one of the two is wrong.
    :ivar unchanged: whether the stored content still matches the digest.
    """

    letter: Letter | None = None
    unchanged: bool = False


def check_paper(number: str, code: str) -> LetterChecked:
    """Return the result of the check of a paper, by the number and the code on it."""
    said = _NUMBER.fullmatch("".join(number.split()))
    kinds = {each.short: each for each in LetterKind}
    if said is None or said["short"] not in kinds:
        return LetterChecked()
    found = Letter.objects.filter(
        kind=kinds[said["short"]], year=int(said["year"]), serial=min(int(said["serial"]), 2**31 - 1)
    )
    letter = found.select_related("issued_by").first()
    plain = re.sub(r"[\s-]", "", code).upper()
    if letter is None or plain != letter.code.replace("-", ""):
        return LetterChecked()
    return LetterChecked(letter, is_unchanged(letter))


def is_unchanged(letter: Letter) -> bool:
    """Return whether the stored content of a letter matches the digest of its issue."""
    content = letter.content
    return not isinstance(content, Unreadable) and sha256(content.encode()).hexdigest() == letter.digest


def changed_since_issued() -> Iterator[str]:
    """Yield the ids of letters whose content was changed since their issue, or cannot be read."""
    found = Letter.objects.order_by("pk")
    return (str(row.pk) for row in found.iterator(chunk_size=_BATCH) if not is_unchanged(row))
