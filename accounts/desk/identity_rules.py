"""Results of the rule panel on identities: the holder, the representative or agent, the phone."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from accounts.desk.opening_forms import IdentityForm, RepresentativeForm
from accounts.models import Customer
from accounts.operations.holders import NO_CHILD
from accounts.policy.opening import check_guardian, may_have_guardian
from accounts.queries.customers import customers_with_phone, has_name
from accounts.queries.matches import Match, MatchData, possible_same
from accounts.queries.opening_changes import OpeningChanges, OpeningEntry, changes_by_opening
from accounts.queries.subject_lines import SubjectLine, subject_lines
from accounts.templatetags.customers import validity
from accounts.vocabulary import AgeClass, AgentRelation, CustomerKind, MatchReason
from blacklist.operations.screening import namesake_is_listed, screen
from config.frames.desk.fields import DeskForm
from config.kernel.identity.documents import IdentityDocument
from config.kernel.identity.names import same_name
from config.kernel.law.clauses import HOUSE_RULE, NOTICE_5_OPENING_BAR
from config.kernel.law.refusals import Refusal
from config.kernel.law.text import language, text
from config.kernel.requests.documents import document_word
from config.kernel.vault.masked import masked

YES, NO, WAIT, NOTE = "yes", "no", "wait", "note"
_REAL_NAME = "国务院令第285号"
_SETTLEMENT = "中国人民银行令〔2003〕第5号"
_PHONES = "银发〔2016〕261号"


@dataclass(frozen=True, slots=True)
class PanelRule:
    """One rule with its result for the present form.

    :ivar state: yes, no, wait (not entered yet) or note (allowed, but to be looked at).
    :ivar holders: the accounts or cards that fill a limit, masked.
    """

    title: str
    state: str
    sentence: str
    clause: str = ""
    holders: tuple[str, ...] = ()


def of_identity(
    form: IdentityForm, read: IdentityDocument | None, known: Customer | None, changes: OpeningChanges | None
) -> Iterator[PanelRule]:
    """Yield the rules on the applicant's identity: the document, one customer per person, the phone.

    :param changes: what the opening changes of a customer on record, None where it changes none.
    """
    title = text("证件号码", "Document number")
    source = _SETTLEMENT if form.holder_kind is CustomerKind.ORGANIZATION else _REAL_NAME
    if not form["number"].value():
        yield PanelRule(title, WAIT, text("请录入证件。", "Enter the document."), source)
    elif read is None:
        errors = [message for name in ("number", "type", "country") for message in form.errors.get(name, [])]
        if errors:
            yield PanelRule(title, NO, str(errors[0]), source)
    else:
        word = document_word(read.type)
        # Passports, permits and military IDs carry no check digit.
        form_of = (
            text("格式和校验码正确", "the format and check digit are correct")
            if read.birth_date or read.is_organization
            else text("格式正确", "the format is correct")
        )
        yield PanelRule(title, YES, text(f"{word}，{form_of}。", f"{word}: {form_of}."), source)
    if form.errors.get("valid_until"):
        yield PanelRule(text("证件有效期", "Validity"), NO, str(form.errors["valid_until"][0]), source)
    yield from _of_one_person(form, read, known)
    phone = entered_value(form, "phone")
    if phone and not (changes and changes.keeps_phone):
        yield from _of_phone(phone, known)
    if changes is not None:
        yield from _of_changes(changes, entered_value(form, "valid_until"))


def _of_one_person(form: IdentityForm, read: IdentityDocument | None, known: Customer | None) -> Iterator[PanelRule]:
    organization = form.holder_kind is CustomerKind.ORGANIZATION
    title = (
        text("客户唯一性（一单位一客户号）", "One customer number per organization")
        if organization
        else text("客户唯一性（一人一客户号）", "One customer number per person")
    )
    name, clause = entered_value(form, "name"), str(HOUSE_RULE)
    if read is None:
        return
    if known is None:
        yield PanelRule(
            title,
            YES,
            text(
                "本行尚无此证件的客户，将建立新客户。",
                "No customer has this document; a new customer will be registered.",
            ),
            clause,
        )
    elif name and not same_name(known.name, name):
        sentence = text(
            "该证件号码已由本行另一姓名的客户使用。请核对证件和姓名。",
            "This document number belongs to a customer of another name. Check the document and the name.",
        )
        yield PanelRule(title, NO, sentence, clause)
    else:
        shown = masked(known, "name")
        yield PanelRule(
            title,
            NOTE,
            text(
                f"已是本行客户 {shown}，直接为其开户。",
                f"Already a customer: {shown}; the account will be opened for this customer.",
            ),
            clause,
        )


def _of_phone(phone: str, known: Customer | None) -> Iterator[PanelRule]:
    others = [each for each in customers_with_phone(phone) if known is None or each != known.id]
    title = text("电话号码", "Phone")
    if others:
        count = len(others)
        yield PanelRule(
            title, NOTE,
            text(f"该号码另有 {count} 名客户使用，请核实。", f"{count} other customers use this number; please verify."), _PHONES,
        )  # fmt: skip
    else:
        yield PanelRule(title, YES, text("该号码没有其他客户使用。", "No other customer uses this number."), _PHONES)


def _of_changes(changes: OpeningChanges, until: date | None) -> Iterator[PanelRule]:
    """Yield notes on what the opening changes of a customer on record, and on entries that are not used.

    :param until: the last day of the document as entered, None where it has no end.
    """
    if changes.stores_phone:
        sentence = text("该客户没有登记电话，开户时登记此号码。", "No number is on record; this one will be recorded.")
        yield PanelRule(text("登记电话", "Phone on record"), NOTE, sentence)
    elif changes.keeps_phone:
        sentence = text(
            f"该客户已登记电话 {changes.phone}，开户不变更登记的电话，所填号码不登记。",
            f"{changes.phone} is on record. An opening does not change it; the number entered is not recorded.",
        )
        yield PanelRule(text("登记电话", "Phone on record"), NOTE, sentence)
    if sentence := _of_document(changes, until):
        yield PanelRule(text("登记证件", "Document on record"), NOTE, sentence)
    if changes.keeps_birth_date:
        sentence = text(
            "开户不变更客户的出生日期，所填日期不登记。",
            "An opening does not change a customer's date of birth; the date entered is not recorded.",
        )
        yield PanelRule(text("出生日期", "Date of birth"), NOTE, sentence)
    if changes.representative:
        sentence = text(
            f"登记的法定代表人为 {changes.representative}，开户时变更为所填的人和证件。",
            f"{changes.representative} is on record; person and document will become those entered.",
        )
        yield PanelRule(text("变更法定代表人", "Change of the representative"), NOTE, sentence)


def _of_document(changes: OpeningChanges, until: date | None) -> str:
    before, now = validity(changes.until), validity(until)
    if not changes.on_file:
        return text(
            "该客户没有登记此证件。开户不登记证件，请在客户页办理增加证件。",
            "This document is not on record. An opening does not add it; add it on the customer's page.",
        )
    if changes.keeps_validity:
        return text(
            f"登记的有效期为 {before}，晚于所填日期，开户不变更。请核对证件。",
            f"The document is on record until {before}, later than entered, and stays so. Check the document.",
        )
    if not changes.renews:
        return ""
    number = (
        text(f"证件号码由 {changes.number} 变更。", f" Its number {changes.number} changes.") if changes.number else ""
    )
    return (
        text(f"有效期由 {before} 变更为 {now}，开户时登记。", f"Valid until {before} becomes {now} with the opening.")
        + number
    )


def changes_entered(
    known: Customer | None,
    identity: IdentityForm,
    read: IdentityDocument | None,
    representative: RepresentativeForm | None,
    on: date,
) -> OpeningChanges | None:
    """Return what the opening changes of a customer on record; None for a new one, and while an entry is wrong.

    :param on: the bank's day.
    """
    name = entered_value(identity, "name")
    if known is None or read is None or not name or identity.errors.keys() & {"valid_until", "no_end", "phone"}:
        return None
    if not has_name(known, name):
        return None
    whole = representative is not None and representative.is_valid()
    shown = representative.representative if representative is not None and whole else None
    entered = OpeningEntry(
        name=name,
        document=read,
        valid_until=entered_value(identity, "valid_until"),
        phone=entered_value(identity, "phone") or None,
        birth_date=entered_value(identity, "birth_date"),
        representative=(shown.name, shown.document, shown.valid_until) if shown else None,
    )
    return changes_by_opening(known, entered, on)


def of_guardian(age: AgeClass | None, relation: AgentRelation | None) -> Iterator[PanelRule]:
    """Yield the rule on an applicant under sixteen, who needs a guardian (监护人), and on a person who claims to be one.

    :param age: the holder's, None for an organization and while no holder is entered.
    :param relation: the capacity in which another person acts for the holder, None without one.
    :source: house rule, see `accounts.policy.opening`.
    """
    title = text("监护人", "Guardian")
    if may_have_guardian(age):
        rule = ask(title, lambda: check_guardian(age, relation), "", "")
        proof = text(
            "未满16周岁，由监护人代办：请核对监护人证件和监护关系证明。",
            "Under 16, with a guardian: check the guardian's document and the proof of guardianship.",
        )
        yield rule if rule.state == NO else replace(rule, state=NOTE, sentence=proof)
    elif age is not None and relation is AgentRelation.GUARDIAN:
        yield PanelRule(title, NO, str(NO_CHILD))


def of_namesake(name: str | None, born: date | None, keys: Collection[bytes], at: datetime) -> Iterator[PanelRule]:
    """Yield the note on a listed person with the same name and birth date under another document (疑似名单人员)."""
    if not name or born is None or not namesake_is_listed(name, born, identity_keys=keys, at=at):
        return
    sentence = text(
        "惩戒名单上有同名、同一天出生而证件不同的人。请核实是否同一人；是同一人的，先为其增加该证件。",
        "A person on the penalty list has the same name and date of birth under another document. If it is the same person, add that document first.",
    )
    yield PanelRule(text("疑似名单人员", "Possibly on the list"), NOTE, sentence, str(NOTICE_5_OPENING_BAR))


def of_possible_same(person: MatchData | None) -> Iterator[PanelRule]:
    """Yield the note on customers who may be the same person (可能为同一人), masked; a shared phone has a rule of its own.

    :param person: None while no holder is named.
    """
    found = [each for each in possible_same(person, hints=False) if each.is_undecided] if person else []
    if not found:
        return
    lines = subject_lines(each.customer_id for each in found)
    sentence = text(
        "以下客户可能是同一人。请核实：是同一人的，请为原客户办理或申请合并客户；不是的，请在客户页申请认定为不同人。认定前，Ⅰ类户、Ⅲ类支付账户和借记卡合并计算。",
        "These customers may be the same person. Please verify: if it is one person, serve the existing customer or ask for the two to be merged; if not, ask on the customer page for them to be declared different. Until then Class I accounts, payment Class III accounts and debit cards are counted over both.",
    )
    holders = tuple(f"{_in_line(lines[each.customer_id])} · {_reasons(each)}" for each in found)
    yield PanelRule(text("可能为同一人", "Possibly the same person"), NOTE, sentence, str(HOUSE_RULE), holders)


def _in_line(line: SubjectLine) -> str:
    return f"{line.name} {document_word(line.document_type)} {line.document_number}"


def _reasons(match: Match) -> str:
    return text("、", ", ").join(MatchReason.word(each) for each in match.open_reasons)


def of_representative(form: RepresentativeForm, at: datetime) -> PanelRule:
    """Return the rule on the representative's identification; a listed representative does not make the organization listed.

    :source: house rule on organizations: a listing is not spread from a person to an organization.
    """
    title = text("法定代表人", "Legal representative")
    if not form["name"].value() or not form["number"].value():
        return PanelRule(
            title,
            WAIT,
            text("请录入法定代表人的姓名和证件。", "Enter the representative's name and document."),
            _SETTLEMENT,
        )
    read = entered_value(form, "read")
    if form.errors or read is None:
        message = str(next(iter(form.errors.values()))[0]) if form.errors else ""
        return PanelRule(title, WAIT if form.errors.keys() == {"no_end"} else NO, message, _SETTLEMENT)
    if screen(read, at=at):
        sentence = text(
            "该人在惩戒名单上。名单不及于单位，请加强核实开户意愿和用途。",
            "This person is on the penalty list. The list does not extend to the organization; check the intention and purpose of the account more closely.",
        )
        return PanelRule(title, NOTE, sentence, str(NOTICE_5_OPENING_BAR))
    return PanelRule(
        title,
        YES,
        text("证件有效，不在惩戒名单上。", "The document is valid; the person is not on the penalty list."),
        _SETTLEMENT,
    )


def ask(title: str, check: Callable[[], None], otherwise: str, clause: str) -> PanelRule:
    """Apply one rule: no with its sentence when it refuses, else yes."""
    try:
        check()
    except Refusal as refusal:
        if refusal.clause is None:
            clause = str(HOUSE_RULE)
        sentence = refusal.detail(language())
        return PanelRule(title, NO, sentence, refusal.clause.cited(language()) if refusal.clause else clause)
    return PanelRule(title, YES, otherwise, clause)


def entered_value(form: DeskForm | None, name: str) -> Any:
    """Return a field's value if it was entered and is valid."""
    if form is None or not form.is_bound:
        return None
    form.is_valid()
    return form.cleaned_data.get(name)
