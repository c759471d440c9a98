"""Effects of a certificate once in force, in words: for entry, approval and reading.

The rules in `policy` decide the same; this module only describes.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from blacklist.policy.content import PaperFacts, reasons_to_review, remarks_of
from blacklist.policy.listings import Listing
from blacklist.policy.penalties import PENALIZED, regime_of
from blacklist.policy.restrictions import Restriction, measures_of
from blacklist.regimes import Regime, left_open_text, replaced_by
from blacklist.vocabulary import UNTIL_SERVED, Category, Remark, RestrictionKind
from config.kernel.law.clauses import clause_text
from config.kernel.law.dates import add_years, shanghai_day
from config.kernel.law.ends import day_text, end_text
from config.kernel.law.text import Text

#: Ends of each measure: one, or several if subjects differ.
type Ends = Mapping[RestrictionKind, Collection[datetime | None]]


@dataclass(frozen=True, slots=True)
class CertificateEffect:
    """One effect of a certificate, with its clause."""

    text: Text
    clause: str = ""

    @property
    def sentence(self) -> str:
        """Return the effect with its clause, in the reader's language."""
        return str(
            Text(f"{self.text.zh}（{self.clause}）", f"{self.text.en} ({self.clause})") if self.clause else self.text
        )


def effects_of(paper: PaperFacts, *, at: datetime, ends: Ends | None = None) -> Iterator[CertificateEffect]:
    """Yield the measures that a certificate causes for its subjects (惩戒措施预告).

    :param ends: ends of its measures with other certificates counted in; None to count it alone.
    :raises LegalBasisNotOffered: for a basis without a regime.
    """
    regime = regime_of(paper.legal_basis)
    if paper.category == Category.CASE_ACCOUNT:
        yield from _case(regime)
        return
    measures = measures_of(Listing.of_paper(paper, at))
    if measures and measures[0].house_reason:
        yield CertificateEffect(measures[0].house_reason)
    for measure in measures:
        counted = (ends or {}).get(measure.kind) or {measure.until}
        yield CertificateEffect(_measure_text(measure, paper, regime, counted), clause_text(measure.clause))
    if regime.adds_up_to is not None:
        alone = Text("以上期限按本认定书单独计算。", "This certificate is counted for itself here. ")
        added = Text(
            f"在惩戒期内再次被认定的，期限自首个受限之日起累计，连续不超过{regime.adds_up_to}年。",
            f"Certified again during the term, the years add up from the first restricted day, {regime.adds_up_to} at most.",
        )
        yield CertificateEffect(Text(f"{alone.zh}{added.zh}", f"{alone.en}{added.en}") if ends is None else added)


def remark_texts(paper: PaperFacts) -> dict[Remark, Text]:
    """Return the remarks of a certificate in sentences, with the reasons for review."""
    remarks = remarks_of(paper)
    reviewed = reasons_to_review(remarks, all_of_them=settings.REMARKS_TO_REVIEW)
    regime = regime_of(paper.legal_basis)
    texts: dict[Remark, Text] = {}
    for remark in remarks:
        label = remark.text
        more = _about_basis(remark, paper, regime) or _about_content(remark, paper, regime)
        zh, en = (f"{label.zh}{more.zh}", f"{label.en}{more.en}") if more else (label.zh, label.en)
        if remark.value in reviewed:
            zh, en = f"{zh}转人工审查。", f"{en} It goes to manual review."
        texts[remark] = Text(zh, en)
    return texts


def _about_basis(remark: Remark, paper: PaperFacts, regime: Regime) -> Text | None:
    """Return what a remark on the legal basis says further; None for other remarks."""
    day = day_text(paper.certified_on)
    match remark:
        case Remark.BASIS_REPLACED if successor := replaced_by(paper.legal_basis):
            since = day_text(successor.from_day)
            return Text(
                f"：“{successor.text.zh}”自{since.zh}起施行，本认定书认定于{day.zh}，仍按所列依据执行。请核对文书。",
                f": “{successor.text.en}” has been in force since {since.en}, this was certified on {day.en}. The basis as entered is executed; check the paper.",
            )
        case Remark.BASIS_NOT_YET_IN_FORCE:
            since = day_text(regime.from_day)
            return Text(
                f"：“{regime.text.zh}”自{since.zh}起执行，此前不限制任何人。请核对文书。",
                f": “{regime.text.en}” is executed from {since.en} on, and nobody is restricted before. Check the paper.",
            )
        case Remark.BELOW_THRESHOLD if regime.threshold:
            least = regime.threshold.least
            return Text(f"：账户（卡）、次数、对象至少一项须达到{least}。", f": one of them must be {least} at least.")
    return None


def _about_content(remark: Remark, paper: PaperFacts, regime: Regime) -> Text | None:
    """Return what a remark on the term or the subject says further; None for other remarks."""
    day, years = day_text(paper.certified_on), regime.years_for(paper.category) if paper.category in PENALIZED else 0
    match remark:
        case Remark.TERM_SHORTER:
            return Text(
                f"：按“{regime.text.zh}”执行，不因文书所载期限缩短。",
                f": the one of “{regime.text.en}” is executed all the same.",
            )
        case Remark.TERM_LONGER:
            return Text(
                f"（{years}年）：按文书所载期限执行。请核对文书。",
                f" ({years} years): it is executed as written. Check the paper.",
            )
        case Remark.TERM_BEYOND_FIVE_YEARS if paper.term and regime.adds_up_to:
            last = day_text(add_years(paper.term[0], regime.adds_up_to))
            return Text(
                f"：自文书所载起始日起最长执行至{last.zh}（含）止。请核对文书。",
                f": counted from its own first day it is enforced through {last.en} at most. Check the paper.",
            )
        case Remark.TERM_BEFORE_CERTIFICATION:
            return Text(
                f"：自认定日期{day.zh}起执行，至文书所载截止日止。请核对文书。",
                f": it is executed from the certification date, {day.en}, to the last day as written. Check the paper.",
            )
        case Remark.TERM_NOT_STATED:
            return Text(
                f"：自认定日期起执行{years}年（本行规则）。请核对文书，补录刑罚或期限。",
                f": it is executed for {years} years from the certification date (house rule). Check the paper, and add the sentence or the term.",
            )
        case Remark.UNIT_AS_PUNISHED:
            return Text("：该类别为受过刑事处罚的人员。请核对文书。", ": the category is of persons. Check the paper.")
    return None


def _measure_text(
    measure: Restriction, paper: PaperFacts, regime: Regime, counted: Collection[datetime | None]
) -> Text:
    """Describe a measure: what it stops, for how long, from when to when, and what stays possible."""
    begin = day_text(shanghai_day(measure.starts_at))
    if regime.term_prevails and paper.term:
        zh, en = "按文书所载期限", "for the term that the paper states"
        if regime.adds_up_to and Remark.TERM_BEYOND_FIVE_YEARS in remarks_of(paper):
            zh, en = f"{zh}、最长{regime.adds_up_to}年", f"{en}, {regime.adds_up_to} years at most"
    else:
        years = next(each for each in regime.penalty if each.kind is measure.kind).years_for(paper.category)
        zh, en = f"{years}年", f"for {years} years"
        if measure.until is None:
            zh, en = f"服刑期间及刑罚执行完毕后{zh}", f"while the sentence is served and {en} after it"
    end = _counted_end(measure.until, counted)
    left = left_open_text(measure.kind, measure.acts or frozenset(), "")
    described = Text(
        f"{measure.text.zh}{zh}，自{begin.zh}起算，{end.zh}。",
        f"{measure.text.en} {en}, counted from {begin.en}, {end.en}.",
    )
    return Text(f"{described.zh}{left.zh}。", f"{described.en} {left.en}.") if left else described


def _counted_end(own: datetime | None, counted: Collection[datetime | None]) -> Text:
    """Describe an end: the certificate's own, or the one that other certificates in force lead to."""
    if len(counted) > 1:
        return Text("止日连同其他认定累计，见各对象", "the end added up with other certificates: see each subject")
    (only,) = counted
    end = end_text(only, UNTIL_SERVED)
    if only == own:
        return end
    return Text(f"连同其他认定累计{end.zh}", f"added up with other certificates {end.en}")


def _case(regime: Regime) -> Iterator[CertificateEffect]:
    yield CertificateEffect(
        Text(
            "自登记时起至复核决定作出，所列本行账户临时止付，只收不付（本行规则）。",
            "From the registration until the decision the named accounts of this bank pay nothing out (house rule).",
        )
    )
    yield CertificateEffect(
        Text(
            "所列账户中止所有业务，无固定期限，直至认定撤销。",
            "All business of the named accounts is stopped, without a fixed term, until the certificate is revoked.",
        ),
        str(regime.case_account.clause),
    )
    yield CertificateEffect(
        Text(
            "其开户人名下其他账户暂停非柜面业务，直至认定撤销或身份重新核实。所列对象不是所列账户开户人的，不受限制；列有他行账户的，所列对象视为该账户开户人。",
            "Non-counter business of other accounts of their holders is suspended until the certificate is revoked or the identity is re-verified. A named subject who holds none of these accounts is not restricted, unless an account at another bank is named: then the subject counts as its holder.",
        ),
        str(regime.case_holder[0].clause),
    )
