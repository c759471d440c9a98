"""Preview of what the rules say about a certificate while it is entered; the operation decides again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime

from django.conf import settings

from blacklist.operations.effects import Ends, effects_of, remark_texts
from blacklist.policy.authority import judge_authority, known_region, level_of_region
from blacklist.policy.content import Extent, PaperFacts, Sentence
from blacklist.policy.penalties import BY_DATE, basis_in_force, certifier_clause
from blacklist.refusals import AuthorityTooLow, LegalBasisNotOffered
from blacklist.regimes import LegalBasis
from blacklist.vocabulary import AuthorityLevel, Category, SentenceKind
from config.frames.desk.days import day_typed
from config.kernel.law.text import Text, language

#: A number with more digits is a typing error and is reported at its input.
COUNT_DIGITS = 6


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """One statement of the rules; `tone` is yes, no, look or open."""

    tone: str
    text: str
    clause: str = ""


_NOT_YET = VerdictLine(
    "open",
    Text(
        "选择认定依据、类别并填写认定日期后，预告措施、止日和提示。",
        "Choose the legal basis and the category and enter the certification date to see measures, ends and remarks.",
    ),
)


def verdict(typed: Mapping[str, str], *, at: datetime) -> list[VerdictLine]:
    """Return what the rules say about the fields entered so far (层级核验、提示与惩戒预告)."""
    by_day = _basis_by_day(typed)
    if typed.get("legal_basis") == BY_DATE:
        typed = {**typed, "legal_basis": by_day or ""}
    lines = [_authority(typed)]
    paper = _paper(typed)
    # A certificate that will be refused has no effects.
    if lines[0].tone != "no":
        lines += [_by_day_line(by_day)] if by_day else []
        lines += effects(paper, at=at) if paper is not None else [_NOT_YET]
    return lines


def _basis_by_day(typed: Mapping[str, str]) -> LegalBasis | None:
    """Return the basis inferred from the day when none is stated; None when one is chosen or no day is set."""
    day = _day(typed.get("certified_on", ""))
    by_date = typed.get("legal_basis") == settings.LEGAL_BASIS_WHEN_MISSING == BY_DATE
    return basis_in_force(day) if by_date and day is not None else None


def _by_day_line(basis: LegalBasis) -> VerdictLine:
    zh, en = basis.text.zh, basis.text.en
    return VerdictLine(
        "look",
        Text(
            f"文书未载明认定依据，按认定日期适用“{zh}”登记。",
            f"No legal basis is stated: by the certification date it is registered as “{en}”.",
        ),
    )


def _paper(typed: Mapping[str, str]) -> PaperFacts | None:
    """Return the entered content as facts for the rules; None while it is too incomplete."""
    category, day = typed.get("category", ""), _day(typed.get("certified_on", ""))
    if (
        not typed.get("legal_basis")
        or category not in Category.values
        or (day is None and category != Category.CASE_ACCOUNT)
    ):
        return None
    begin, end = (_day(typed.get(name, "")) for name in ("term_from", "term_to"))
    level = typed.get("level", "")
    kind, effective_on = typed.get("sentence_kind", ""), _day(typed.get("effective_on", ""))
    known = kind in SentenceKind.values and category == Category.CRIMINAL_PUNISHED
    return PaperFacts(
        legal_basis=typed.get("legal_basis", ""),
        category=Category(category),
        level=AuthorityLevel(level if level in AuthorityLevel.values else AuthorityLevel.PREFECTURE),
        certified_on=day or date.max,
        term=(begin, end) if begin and end and begin <= end else None,
        sentence=(
            Sentence(SentenceKind(kind), effective_on, _day(typed.get("served_on", "")))
            if known and effective_on
            else None
        ),
        extent=Extent(*(_count(typed.get(name, "")) for name in ("accounts", "times", "counterparties"))),
    )


def _count(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= COUNT_DIGITS else None


def _authority(typed: Mapping[str, str]) -> VerdictLine:
    level, region_code = typed.get("level", ""), typed.get("region_code", "")
    if level not in AuthorityLevel.values or not (
        len(region_code) == 6 and region_code.isascii() and region_code.isdigit()
    ):
        return VerdictLine(
            "open",
            Text("填写行政区划代码和层级后核验认定机关。", "Enter the region code and level to check the authority."),
        )
    rank = AuthorityLevel(level)
    if not known_region(rank, region_code):
        return VerdictLine("no", Text("行政区划代码不存在。", "No such region code."))
    code_level = level_of_region(region_code).text
    try:
        category = typed.get("category", "")
        known = Category(category if category in Category.values else Category.SELL)
        reasons = judge_authority(rank, region_code, certifier_clause(typed.get("legal_basis", ""), known))
    except AuthorityTooLow as refused:
        text = refused.detail(language())
        return VerdictLine(
            "no",
            Text(f"层级不足，不予登记。{text}", f"Level too low; the certificate will not be registered. {text}"),
            str(refused.clause),
        )
    if reasons:
        texts = [reason.text for reason in reasons]
        zh, en = "、".join(each.zh for each in texts), ", ".join(each.en for each in texts)
        return VerdictLine(
            "look",
            Text(
                f"转人工审查：{zh}（代码所示层级：{code_level.zh}）。复核前不限制任何人。",
                f"Manual review: {en} (level of the code: {code_level.en}). It restricts no one before it is approved.",
            ),
        )
    return VerdictLine("yes", Text("认定机关层级符合要求，提交后待另一名合规人员复核。", "The level of the authority is sufficient; pending approval by another compliance officer after submission."))  # fmt: skip


def effects(paper: PaperFacts, *, at: datetime, ends: Ends | None = None) -> list[VerdictLine]:
    """Return a certificate's measures once in force, each with its clause, and its remarks.

    :param ends: ends of its measures with other certificates counted in; None to count it alone.
    """
    try:
        remarks = [VerdictLine("look", each) for each in remark_texts(paper).values()]
        return remarks + [VerdictLine("look", each.text, each.clause) for each in effects_of(paper, at=at, ends=ends)]
    except LegalBasisNotOffered as refused:
        return [VerdictLine("no", refused.detail(language()))]


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(day_typed(text))
    except ValueError:
        return None
    # A penalty counted from the last years of the calendar has no end to preview.
    return day if day.year < MAXYEAR - 100 else None
