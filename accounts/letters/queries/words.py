"""The text of letters, in Chinese as banks write it and in plain English; made from facts, never from typed text.

The content is encrypted and hashed as it is composed here; page and file are made from it only.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Self

from blacklist.policy.penalties import regime_of
from blacklist.policy.restrictions import Restriction
from blacklist.queries import LetterCertificate, LetterRevocation
from blacklist.regimes import replaced_by
from blacklist.regimes.shape import Acts
from blacklist.vocabulary import OF_AN_ACCOUNT, Act, Remark, RevocationGround
from config.kernel.law.addressing import address_of, addressed
from config.kernel.law.dates import shanghai_day
from config.kernel.law.ends import OPEN, day_text, end_text
from config.kernel.law.text import Text

#: Version of the stored form. Stored contents are never rewritten.
_WRITTEN_AS = 1


@dataclass(frozen=True, slots=True)
class LetterSection:
    """One section of a letter: its heading and its lines.

    :ivar name: the key by which a later letter finds it, such as `measures`.
    """

    name: str
    head: Text
    lines: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class LetterContent:
    """The content of a letter.

    :ivar name: the addressee's full name.
    :ivar document: the addressee's document, its number masked.
    :ivar day: the day of issue in Shanghai.
    :ivar bank: the signing bank.
    :ivar phone: telephone of customer service, empty where the bank names none.
    :ivar salt: random, so that the digest does not reveal the name.
    """

    number: str
    title: Text
    name: str = field(repr=False)
    document: Text
    sections: tuple[LetterSection, ...]
    day: date
    bank: str
    salt: str
    phone: str = ""

    def written(self) -> str:
        """Return the text that is encrypted and hashed: equal contents give equal texts."""
        fields = {
            "version": _WRITTEN_AS,
            "number": self.number,
            "title": _pair(self.title),
            "name": self.name,
            "document": _pair(self.document),
            "sections": [[each.name, _pair(each.head), [_pair(line) for line in each.lines]] for each in self.sections],
            "day": self.day.isoformat(),
            "bank": self.bank,
            "phone": self.phone,
            "salt": self.salt,
        }
        return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def read(cls, written: str) -> Self:
        """Return the content of a written text.

        :raises ValueError, KeyError: for a text that `written` did not make.
        """
        fields: Mapping[str, Any] = json.loads(written)
        return cls(
            number=fields["number"],
            title=Text(*fields["title"]),
            name=fields["name"],
            document=Text(*fields["document"]),
            sections=tuple(
                LetterSection(name, Text(*head), tuple(Text(*line) for line in lines))
                for name, head, lines in fields["sections"]
            ),
            day=date.fromisoformat(fields["day"]),
            bank=fields["bank"],
            # Letters issued before the field existed have none.
            phone=fields.get("phone", ""),
            salt=fields["salt"],
        )

    def lines(self, name: str) -> tuple[Text, ...]:
        """Return the lines of a section, none where there is no section of that name."""
        return next((each.lines for each in self.sections if each.name == name), ())

    def differs(self, other: "LetterContent") -> bool:
        """Return whether it differs from another in more than number, day and salt."""
        return self._says() != other._says()

    def _says(self) -> tuple[Any, ...]:
        parts = [(each.name, _pair(each.head), [_pair(line) for line in each.lines]) for each in self.sections]
        return _pair(self.title), self.name, _pair(self.document), parts


def _pair(words: Text) -> list[str]:
    return [words.zh, words.en]


GROUND = Text("事由", "Ground")
MEASURES = Text("措施、依据和期限", "Measures, basis and term")
END = Text("期限届满", "End of the term")
OPEN_HEAD = Text("在柜面仍可办理", "What still works at the counter")
OTHERS = Text("其他限制", "Other restrictions")
APPEAL = Text("异议和申诉", "Objection and appeal")

#: Acts on bank and on payment accounts that a letter names as still possible, unless a measure stops them.
_BANK = (
    Act.COUNTER_CASH_IN, Act.COUNTER_CASH_OUT, Act.COUNTER_TRANSFER_OUT, Act.INBOUND, Act.CLOSE, Act.ENQUIRE,
    Act.REPORT_LOST,
)  # fmt: skip
_PAYMENT = (Act.PAYMENT_IN, Act.PAYMENT_OUT, Act.PAYMENT_BALANCE_OUT, Act.CLOSE, Act.ENQUIRE, Act.REPORT_LOST)
_NEW = (Act.OPEN_BANK_ACCOUNT, Act.OPEN_PAYMENT_ACCOUNT, Act.ISSUE_CARD)
_OF_PAYMENT = frozenset({Act.PAYMENT_IN, Act.PAYMENT_OUT})


@dataclass(frozen=True, slots=True)
class Office:
    """The bank's own office for objections (异议受理部门); empty where the bank names none."""

    name: str = ""
    phone: str = ""


def certified(paper: LetterCertificate) -> Text:
    """Return who certified the customer, by which certificate, and for what."""
    day, by = day_text(paper.certified_on), paper.certificate
    return Text(
        f"经{by.authority}认定，认定文书号：{by.doc_no}，认定日期：{day.zh}，认定类别：{paper.category.text.zh}，"
        f"认定依据：{paper.legal_basis.text.zh}。",
        f"Certified by {by.authority}, document number {by.doc_no}, on {day.en}, category: "
        f"{_uncapitalized(paper.category.text.en)}; legal basis: {paper.legal_basis.text.en}.",
    )


def certified_lines(paper: LetterCertificate, *, begins: bool) -> Iterator[Text]:
    """Yield the certification; where measures begin, also remarks on its basis, and from when a correction applies.

    A correction replaces what earlier letters said.
    """
    yield certified(paper)
    if not begins:
        return
    yield from _remark_lines(paper)
    if paper.correction is None:
        return
    since, number = day_text(shanghai_day(paper.correction.at)), paper.correction.doc_no
    by = (
        Text(f"由认定机关更正，更正文书号：{number}", f"was corrected by the authority, by document {number}")
        if number
        else Text("登记有误，由本行更正", "had been entered wrongly by the bank and was corrected")
    )
    yield Text(
        f"原认定{by.zh}；自{since.zh}起以更正后的认定为准，此前就原认定出具的信函以本函为准。",
        f"The certificate as it was told before {by.en}; from {since.en} on the corrected one counts, and this letter takes the "
        "place of those about the one before.",
    )


def _remark_lines(paper: LetterCertificate) -> Iterator[Text]:
    """Yield what in a certificate does not fit its legal basis, and what can be done about it (文书提示)."""
    successor = replaced_by(paper.legal_basis)
    for each in paper.remarks:
        remark: Text = each.text
        if each is Remark.BASIS_REPLACED and successor:
            remark = Text(
                f"认定日期当日，所依据的文件已被“{successor.text.zh}”替代",
                f"The legal basis had been replaced by “{successor.text.en}” on the certification date",
            )
        yield Text(f"文书提示：{remark.zh}。", f"Remark on the certificate: {remark.en}.")
    if paper.remarks:
        yield Text(
            "本行按上述认定文书和依据执行，措施和期限以本函所载为准；有异议的，可向认定机关申请更正。",
            "The bank executes the certificate and the basis above, with the measures and the term that this letter states; "
            "anyone who objects may ask the authority for a correction.",
        )


def measure_line(each: Restriction, account: str = "") -> Text:
    """Return one measure with its first and last day and its clause.

    :param account: the masked number of the account that it is about, empty where it is about all.
    """
    what, start, end = each.text, day_text(shanghai_day(each.starts_at)), each.end
    of_zh, of_en = (f"账户{account}：", f"Account {account}: ") if account else ("", "")
    grounds = _grounds(each)
    return Text(
        f"{of_zh}{what.zh}，自{start.zh}起，{end.zh}。依据：{grounds.zh}。",
        f"{of_en}{what.en}, from {start.en}, {end.en}. Basis: {grounds.en}.",
    )


def term_lines(legal_bases: Iterable[str], *, being_served: bool) -> Iterator[Text]:
    """Yield how penalties end, and what happens if the customer is certified again while they last.

    :param legal_bases: of the certificates that a letter announces.
    :param being_served: whether one of the measures has no last day because a sentence is being served.
    :source: 《联合惩戒办法》 (累计执行), from 2024-12-01; that measures end with their last day holds for every basis.
    """
    yield Text(
        "惩戒期限届满自动解除，无需申请。",
        "The measures end by themselves with the last day of their term; no application is needed.",
    )
    if being_served:
        # The bank learns of the release only from the paper that shows it.
        yield Text(
            "尚在服刑的，截止日待定：自刑罚执行完毕之日起计满三年。刑罚执行完毕后，请凭释放证明书等文书向本行登记，经复核后即定截止日。",
            "While a sentence is being served, the last day is open: it is three years after the sentence has been served. "
            "Once the sentence has been served, show the bank the certificate of release or another paper that proves it; "
            "after a second person approves, the last day is fixed.",
        )
    for years in sorted({years for each in legal_bases if (years := regime_of(each).adds_up_to)}):
        yield Text(
            f"期间再次被认定的，期限累计，连续执行不超过{years}年。",
            f"If the customer is certified again while they last, the terms add up, to {years} years without a break at most.",
        )


def _grounds(each: Restriction) -> Text:
    if each.clause is not None:
        return Text(each.clause.cited("zh"), each.clause.cited("en"))
    if each.house_reason is not None:
        return Text(each.house_reason.zh.rstrip("。"), each.house_reason.en.rstrip("."))
    return Text("本行规则", "house rule")


def open_lines(measures: Sequence[Restriction], holder_kind: str) -> Iterator[Text]:
    """Yield what measures against a person leave possible, by kind of business and as each measure says.

    :param holder_kind: kind of the customer whom the letter addresses.
    """
    stopped: frozenset[Act] = frozenset().union(*(each.stopped for each in measures))
    # Measures on payment accounts also stop closing these, so they are left out for bank accounts.
    bank = _stopped(measures, but=_OF_PAYMENT)
    yield _possible_line(Text("银行账户", "Bank accounts"), (each for each in _BANK if each not in bank))
    if stopped & _OF_PAYMENT:
        yield _possible_line(
            Text("支付账户", "Payment accounts"), (each for each in _PAYMENT if each not in stopped), holder_kind
        )
    if (new := [each for each in _NEW if each not in stopped]) and len(new) < len(_NEW):
        yield _possible_line(Text("可申请的新业务", "New business that can be applied for"), new)
    for words in dict.fromkeys(filter(None, (each.goes_on_for(holder_kind) for each in measures))):
        yield Text(f"{words.zh}。", f"{words.en}.")


def open_of_case_account() -> Iterator[Text]:
    """Yield what is still possible with an account that is stopped entirely."""
    left = (each for each in _BANK if each not in OF_AN_ACCOUNT)
    yield _possible_line(Text("上述账户", "The accounts above"), left)


def _stopped(measures: Iterable[Restriction], but: Acts) -> frozenset[Act]:
    """Return what all measures stop, without measures that stop one of some acts."""
    return frozenset().union(*(each.stopped for each in measures if not each.stopped & but))


def _uncapitalized(word: str) -> str:
    return word[0].lower() + word[1:]


#: `PAYMENT_BALANCE_OUT` in the words of a letter to the holder.
_BALANCE_OUT = Text(
    "支付账户余额转至{own_account}",
    "Balance of a payment account to {own_account}",
)


def _possible_line(what: Text, acts: Iterable[Act], holder_kind: str = "") -> Text:
    words = [addressed(_BALANCE_OUT, holder_kind) if each is Act.PAYMENT_BALANCE_OUT else each.text for each in acts]
    zh, en = "、".join(each.zh for each in words), ", ".join(_uncapitalized(each.en) for each in words)
    return Text(f"{what.zh}：{zh}。", f"{what.en}: {en}.")


def reverify_line(measures: Iterable[Restriction], at: datetime, holder_kind: str) -> Text:
    """Return how the holder of a case account ends the suspension of the other accounts, or prevents it.

    :param holder_kind: kind of the customer whom the letter addresses.
    """
    you = address_of(holder_kind)["you"]
    starts = min((each.starts_at for each in measures), default=at)
    if starts > at:
        day = day_text(shanghai_day(starts - timedelta(microseconds=1)))
        return Text(
            f"{you.zh}在{day.zh}（含）前到柜面重新核实身份并经复核的，其他账户不予暂停。",
            f"If the identity is verified again at the counter, and a second person approves, by {day.en} (inclusive), the "
            "other accounts are not suspended.",
        )
    return Text(
        f"{you.zh}到柜面重新核实身份并经复核后，对其他账户的暂停即予解除；涉案账户不因此恢复。",
        "Once the identity is verified again at the counter, and a second person approves, the suspension of the other "
        "accounts ends; a case account is not restored by it.",
    )


def appeal(
    certificates: Collection[LetterCertificate], office: Office, holder_kind: str, *, over: bool = False
) -> LetterSection:
    """Return where to object: to the certifying authority against the certificate, to the bank against its measures.

    :param holder_kind: kind of the customer whom the letter addresses.
    :param over: whether the letter announces an end, so that no measures go on meanwhile.
    :source: 《反电信网络诈骗法》第三十一条: 告知申诉渠道; 《联合惩戒办法》第十四条至第十六条.
    """
    goes_on = Text(
        "认定撤销或更正之前，措施继续执行。",
        " Until the certificate is revoked or corrected the measures stay in force.",
    )
    zh, en = ("", "") if over else (goes_on.zh, goes_on.en)
    shown = address_of(holder_kind)["papers_with_letter"]
    lines = [
        Text(
            f"对认定有异议的，可{shown.zh}，向认定机关{authority}提出申诉。{zh}",
            f"Whoever objects to the certificate may appeal to {authority}, with {shown.en}.{en}",
        )
        for authority in dict.fromkeys(each.certificate.authority for each in certificates)
    ]
    where = Text(office.name or "本行任一网点", office.name or "any branch of this bank")
    phone = Text(f"，电话：{office.phone}", f", telephone {office.phone}") if office.phone else Text("", "")
    lines.append(
        Text(
            f"对本行的处理有异议，或需要查询、核对的，请向{where.zh}提出{phone.zh}；本行核实后书面答复。",
            f"Whoever objects to what the bank did, or has questions, turns to {where.en}{phone.en}; the bank looks into "
            "it and answers in writing.",
        )
    )
    return LetterSection("appeal", APPEAL, tuple(lines))


def remaining_restrictions(restrictions: Iterable[Restriction], holder_kind: str) -> LetterSection:
    """Return the other restrictions, which do not end with what a letter announces.

    :param holder_kind: kind of the customer whom the letter addresses.
    """
    lines = [
        Text(
            f"{each.text.zh}（{each.cause.text.zh}），{each.end.zh}。",
            f"{each.text.en} ({each.cause.text.en}) {each.end.en}.",
        )
        for each in restrictions
    ]
    you = address_of(holder_kind)["you"]
    none = Text(f"目前本行对{you.zh}没有其他限制。", f"At present the bank has no other restriction on {you.en}.")
    return LetterSection("still", OTHERS, tuple(dict.fromkeys(lines)) or (none,))


def further_restrictions(restrictions: Iterable[Restriction], holder_kind: str) -> LetterSection:
    """Return the restrictions besides those that a letter announces; they may stop what these leave possible.

    :param holder_kind: kind of the customer whom the letter addresses.
    """
    others = remaining_restrictions(restrictions, holder_kind)
    bounds = Text(
        "上列仍可办理的业务，受下列其他限制的，不能办理：",
        "What still works as told above does not where one of these stops it:",
    )
    return LetterSection(others.name, others.head, (bounds, *others.lines))


def ended_line(until: datetime | None) -> Text:
    """Return that a term has ended, with its last day."""
    end = end_text(until, OPEN)
    return Text(
        f"上述措施的期限{end.zh}，现已期满，自次日起解除。",
        f"The term ran {end.en} and is over; the measures ended with it.",
    )


def revoked_line(revocation: LetterRevocation, holder_kind: str) -> Text:
    """Return what revoked a certificate, or removed the customer from it, and when that ended the measures.

    :param holder_kind: kind of the customer whom the letter addresses.
    """
    day, since = day_text(revocation.revoked_on), day_text(shanghai_day(revocation.at))
    ended = Text(f"本行自{since.zh}起解除据此采取的措施。", f"the bank ended what rested on it on {since.en}.")
    you = address_of(holder_kind)["you"]
    if revocation.undone:
        return Text(
            f"上述认定由本行按名单批量登记，该批登记现已整批撤销；{ended.zh}",
            f"The bank registered the certificate with a list, and has undone that list; {ended.en}",
        )
    if revocation.corrected:
        by = (
            Text(f"已由认定机关更正，更正文书号：{revocation.doc_no}", f"was corrected by document {revocation.doc_no}")
            if revocation.doc_no
            else Text("由本行登记有误，现已更正", "had been entered wrongly by the bank and was corrected")
        )
        return Text(
            f"上述认定{by.zh}；更正后的认定对象不是{you.zh}，{ended.zh}",
            f"The certificate {by.en}; as corrected it does not concern {you.en}, and {ended.en}",
        )
    what = (
        Text("上述认定", "The certificate")
        if revocation.whole
        else Text(f"上述认定中涉及{you.zh}的部分", f"The certificate, as far as it concerned {you.en},")
    )
    ground: Text | None = revocation.ground.text if revocation.ground is not RevocationGround.REVOKED else None
    why_zh, why_en = (f"，撤销原因：{ground.zh}", f", ground: {ground.en}") if ground else ("", "")
    return Text(
        f"{what.zh}已撤销，撤销文书号：{revocation.doc_no}，撤销日期：{day.zh}{why_zh}；{ended.zh}",
        f"{what.en} was revoked by document {revocation.doc_no} of {day.en}{why_en}; {ended.en}",
    )
