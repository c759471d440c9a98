"""What will become of a certificate, said while it is typed; the operation decides the same again."""

from dataclasses import dataclass
from datetime import MAXYEAR, date

from blacklist.policy.authority import judge_authority, known_region, level_of_region
from blacklist.policy.penalties import PENALIZED, penalty_clause, regime_of
from blacklist.refusals import AuthorityTooLow, LegalBasisNotOffered
from blacklist.vocabulary import PUNISHED_BY_HOUSE, AuthorityLevel, Category, LegalBasis, RestrictionKind
from config.desk.days import day_typed
from config.kernel.clauses import clause_text
from config.kernel.dates import penalty_until
from config.kernel.ends import end_text
from config.kernel.text import Text, language


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """One thing the rules say now: `tone` is yes, no, look or open."""

    tone: str
    text: str
    clause: str = ""


def verdict(*, level: str, region_code: str, certified_on: str, category: str, legal_basis: str) -> list[VerdictLine]:
    """Return what the rules say about what is typed so far (层级核验与惩戒预告)."""
    lines = [_authority(level, region_code)]
    # What will not be registered has no effect to foretell.
    if lines[0].tone != "no" and legal_basis in LegalBasis.values:
        lines += effects(LegalBasis(legal_basis), category, _day(certified_on))
    return lines


def _authority(level: str, region_code: str) -> VerdictLine:
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
    stands_for = level_of_region(region_code).text
    try:
        reasons = judge_authority(rank, region_code)
    except AuthorityTooLow as refused:
        text = refused.detail(language())
        return VerdictLine(
            "no",
            Text(f"层级不足，不予登记。{text}", f"Level too low; the certificate will not be registered. {text}"),
            str(refused.clause),
        )
    if reasons:
        told = [reason.text for reason in reasons]
        zh, en = "、".join(each.zh for each in told), ", ".join(each.en for each in told)
        return VerdictLine(
            "look",
            Text(
                f"转人工审查：{zh}（代码所示层级：{stands_for.zh}）。复核前不限制任何人。",
                f"Manual review: {en} (level of the code: {stands_for.en}). It restricts nobody before it is approved.",
            ),
        )
    return VerdictLine("yes", Text("认定机关层级符合要求，提交后待另一名合规人员复核。", "The level of the authority is sufficient; pending approval by another compliance officer after submission."))  # fmt: skip


def effects(basis: LegalBasis, category: str, day: date | None) -> list[VerdictLine]:
    """Return what a certificate brings once it is in force, each with its clause (惩戒措施预告).

    :param day: the certification day, None while it is not known.
    """
    try:
        regime = regime_of(basis)
    except LegalBasisNotOffered as refused:
        return [VerdictLine("no", refused.detail(language()))]
    if category == Category.CASE_ACCOUNT:
        return [
            VerdictLine("look", Text("所列账户中止所有业务，无固定期限，直至认定撤销。", "All business of the named accounts is stopped, without a fixed term, until the certificate is revoked."),
                 str(regime.case_account)),
            VerdictLine("look", Text("其开户人名下其他账户暂停非柜面业务，直至认定撤销或身份重新核实。所列对象不是所列账户开户人的，不受限制；列有他行账户的，所列对象视为该账户开户人。",
                             "Non-counter business of other accounts of their holders is suspended until the certificate is revoked or the identity is re-verified. A named subject who holds none of these accounts is not restricted, unless an account at another bank is named: then the subject counts as its holder."), str(regime.case_holder[0][1])),
        ]  # fmt: skip
    if day is None or category not in {each.value for each in PENALIZED}:
        return []
    lines = []
    if Category(category) in regime.house:
        lines.append(VerdictLine("look", PUNISHED_BY_HOUSE))
    for measure in regime.penalty:
        end = end_text(penalty_until(day, measure.years))
        match measure.kind:
            case RestrictionKind.NON_COUNTER_SUSPENDED:
                text = Text(
                    f"停止非柜面业务（支付账户停止所有业务）{measure.years}年，{end.zh}。",
                    f"Non-counter business (payment accounts: all business) stopped for {measure.years} years, {end.en}.",
                )
            case RestrictionKind.OPENING_BARRED:
                text = Text(
                    f"{measure.years}年内不得新开立账户，{end.zh}。",
                    f"No new account for {measure.years} years, {end.en}.",
                )
            case _:
                continue
        lines.append(VerdictLine("look", text, clause_text(penalty_clause(basis, Category(category), measure))))
    return lines


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(day_typed(text))
    except ValueError:
        return None
    # A penalty counted from the last years of the calendar has no end to foretell.
    return day if day.year < MAXYEAR - 100 else None
