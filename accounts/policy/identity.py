"""Rules of a customer's identity: one person, one customer, for all documents; and the end of identity conflicts.

A number identifies a person, and a name only confirms it. The result of a check is a reference: it suspends openings,
but is no ground to refuse the customer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from accounts.refusals.identity import (
    ConflictNeedsAct,
    ConflictOfYourOwn,
    ConflictReviewed,
    CustomerExists,
    DocumentNotOnFile,
    DocumentOnFile,
    ExternalAccountOnFile,
    ExternalAccountTaken,
    IdentityConflicting,
    IdentityNotConfirmed,
    LastDocument,
    NameUnchanged,
    NotInPerson,
    NotTheHolder,
)
from accounts.vocabulary import (
    REMOTE_METHODS,
    CheckMethod,
    CheckResult,
    CustomerKind,
    CustomerStatus,
    DocumentUse,
    ReviewCause,
)
from accounts.vocabulary.conflicts import ConflictEnd
from config.kernel.identity.documents import INDIVIDUAL_TYPES, ORGANIZATION_TYPES, DocumentError, IdentityDocument
from config.kernel.law.ends import day_text


@dataclass(frozen=True, slots=True)
class RegistrationFacts:
    """The present holder of an identity.

    :ivar holder_id: the customer it belongs to, None where it belongs to none.
    :ivar same_name: whether that customer has the name that was entered, both normalised.
    """

    holder_id: UUID | None
    same_name: bool = False


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """The present holder of a further document's identity, and whether this customer has shown it before."""

    customer_id: UUID
    holder_id: UUID | None
    on_file_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RenewalFacts:
    """A document as shown again, and as it is on file.

    :ivar on_file: whether this customer has it in force.
    :ivar valid_until: its last day on file; None where it has no end or none is recorded.
    :ivar shown_until: its last day as shown; None for one without an end.
    """

    on_file: bool
    valid_until: date | None = None
    shown_until: date | None = None


@dataclass(frozen=True, slots=True)
class NameChangeFacts:
    """Whether the document that proves the new name is in force, and whether the customer has that name already."""

    on_file: bool
    same_name: bool


@dataclass(frozen=True, slots=True)
class ExternalAccountFacts:
    """The claimed holder of an account at another bank, and the customer who has registered it."""

    customer_id: UUID
    same_name: bool
    holder_id: UUID | None = None
    on_file_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """Results of a customer's identity checks.

    :ivar checked: whether any was made.
    :ivar failed: the last result that did not match, None where all did or a re-verification followed.
    """

    checked: bool = False
    failed: CheckResult | None = None


def check_registration(facts: RegistrationFacts) -> None:
    """Check that an identity may become a new customer (建立客户).

    :raises CustomerExists: the person is a customer, under any document with the same citizen number.
    :raises IdentityConflicting: the number is registered under another name.
    :source: 银发〔2007〕345号, 2007-06-29; house rule: one citizen number is one person, another name is a conflict.
    """
    if facts.holder_id is None:
        return
    if facts.same_name:
        raise CustomerExists(customer_id=str(facts.holder_id))
    raise IdentityConflicting(customer_id=str(facts.holder_id))


def check_link_document(facts: LinkFacts) -> None:
    """Check that a further document may be linked to a customer (增加证件).

    :raises CustomerExists: it is another customer's.
    :raises DocumentOnFile: it is on file already.
    :source: house rule on linked documents: limits and listings count over all.
    """
    if facts.holder_id not in {None, facts.customer_id}:
        raise CustomerExists(customer_id=str(facts.holder_id))
    if facts.on_file_id is not None:
        raise DocumentOnFile(document_id=str(facts.on_file_id))


def check_renewal(facts: RenewalFacts) -> None:
    """Check that a document may be renewed (更新证件有效期): the same document, valid at least as long as before.

    :raises DocumentNotOnFile: the customer has no such document in force.
    :raises DocumentError: on `valid_until`, when the new last day is earlier than the one on file.
    :source: 国务院令第285号 第六条, 2000-04-01; house rule: a document of another number is a further document.
    """
    if not facts.on_file:
        raise DocumentNotOnFile
    if facts.valid_until is not None and facts.shown_until is not None and facts.shown_until < facts.valid_until:
        raise DocumentError(
            "valid_until",
            f"早于登记的有效期（{day_text(facts.valid_until).zh}），请核对新证件。",
            f"Earlier than the date on record ({day_text(facts.valid_until).en}); check the new document.",
        )


def check_withdraw_document(others: int) -> None:
    """Check that a document may be withdrawn (撤销证件): a customer keeps at least one.

    :param others: the number of the customer's other documents in force.
    :raises LastDocument: it is the only one.
    :source: house rule: a customer has at least one document.
    """
    if others < 1:
        raise LastDocument


def check_name_change(facts: NameChangeFacts) -> None:
    """Check that a customer's name may be changed (更改姓名): a document on file proves the new one.

    :raises DocumentNotOnFile: the customer has no such document in force.
    :raises NameUnchanged: it is the customer's name already, in whatever spelling.
    :source: 银发〔2007〕345号, 2007-06-29; house rule: the identity does not change with the name.
    """
    if not facts.on_file:
        raise DocumentNotOnFile(cause=DocumentUse.CHANGE_NAME.value)
    if facts.same_name:
        raise NameUnchanged


def check_external_account(facts: ExternalAccountFacts) -> None:
    """Check that an account at another bank may be registered as the customer's own (登记本人他行账户).

    :raises NotTheHolder: it is not in the customer's name.
    :raises ExternalAccountOnFile: it is registered for this customer already.
    :raises ExternalAccountTaken: it is registered as another customer's.
    :source: 通告第五条 非同名账户, from 2016-12-01; house rule: an account elsewhere counts as own only after proof and approval.
    """
    if not facts.same_name:
        raise NotTheHolder
    if facts.holder_id == facts.customer_id:
        raise ExternalAccountOnFile(external_account_id=str(facts.on_file_id))
    if facts.holder_id is not None:
        raise ExternalAccountTaken


def check_method(method: str) -> None:
    """Check that a customer is re-verified at the counter, in person (柜面重新核实).

    :param method: as the teller reports it; it counts as in person unless it names a remote method.
    :raises NotInPerson: by telephone, by video, or by another remote method.
    :source: 银发〔2016〕261号 一(二), 2017-01-01.
    """
    folded = method.casefold()
    if any(each in folded for each in REMOTE_METHODS):
        # A method that is not on the list is free text and may hold personal data, so it is not repeated.
        raise NotInPerson(**({"method": method} if method in CheckMethod.values else {}))


def check_reverification(result: CheckResult) -> None:
    """Check that the result of an identity check allows a re-verification (重新核实身份).

    :raises IdentityNotConfirmed: for anything but a match.
    :source: 银发〔2007〕345号, 2007-06-29; 银发〔2016〕261号 一(二), 2017-01-01.
    """
    if result is not CheckResult.MATCH:
        raise IdentityNotConfirmed(result=result.value)


def status_after_check(result: CheckResult | None) -> CustomerStatus:
    """Return a customer's status after a check: in review after a result that did not match.

    :source: 银发〔2007〕345号, 2007-06-29: a result is no ground for refusal by itself.
    """
    if result in {None, CheckResult.MATCH}:
        return CustomerStatus.ACTIVE
    return CustomerStatus.IN_REVIEW


def cause_of(result: CheckResult) -> ReviewCause | None:
    """Return the cause of the review that follows an identity check's result; None for a match."""
    match result:
        case CheckResult.MATCH:
            return None
        case CheckResult.UNAVAILABLE:
            return ReviewCause.UNAVAILABLE
        case CheckResult.VOID_DOCUMENT:
            return ReviewCause.VOID_DOCUMENT
    return ReviewCause.NO_MATCH


def review_cause(status: CustomerStatus, checks: CheckFacts, *, needs_check: bool) -> ReviewCause | None:
    """Return why a customer's identity is under review, None where it is not (待核实原因).

    The last check decides: the effect of one that did not match lasts until a re-verification.

    :param needs_check: whether the bank opens accounts only for customers whose identity was checked.
    :source: 银发〔2007〕345号, 2007-06-29; house rule: a customer without any check opens nothing where the bank requires one.
    """
    if checks.failed is not None:
        return cause_of(checks.failed)
    if status is CustomerStatus.IN_REVIEW:
        return ReviewCause.NO_MATCH
    if needs_check and not checks.checked:
        return ReviewCause.NOT_CHECKED
    return None


def expired_on(last_days: Iterable[date | None], *, on: date) -> date | None:
    """Return the last day on which any of a customer's documents was valid, None while one is valid (证件有效期).

    A document is valid through the whole of its last day; one without an end always is.

    :param last_days: of the documents in force; None for one without an end or without a recorded end.
    :param on: the bank's day.
    :source: 国务院令第285号 第六条, 2000-04-01; 中国人民银行令〔2003〕第5号 第十七条, 2003-09-01.
    """
    ends = [on if each is None else each for each in last_days]
    last = max(ends, default=on)
    return last if last < on else None


def check_document_kind(document: IdentityDocument, kind: CustomerKind) -> None:
    """Check that individuals show an individual's document and organizations an organization's (证件种类).

    :raises DocumentError: on `type`.
    :source: 国务院令第285号 article 5, in force from 2000-04-01; 银发〔2015〕392号.
    """
    if kind is CustomerKind.ORGANIZATION and document.type not in ORGANIZATION_TYPES:
        raise DocumentError(
            "type",
            "单位须出示营业执照等载有统一社会信用代码的证照。",
            "An organization is known by its unified social credit code.",
        )
    if kind is CustomerKind.INDIVIDUAL and document.type not in INDIVIDUAL_TYPES:
        raise DocumentError(
            "type",
            "个人须出示个人身份证件。",
            "An individual shows an individual's document.",
        )


def birth_date_of(document: IdentityDocument, entered: date | None, *, on: date) -> date | None:
    """Return the birth date of an individual: the document's, or the entered one (出生日期).

    :param on: the bank's day.
    :raises DocumentError: on `birth_date`, when the two contradict each other, the day lies ahead, or
        the document is an organization's.
    """
    if entered is None:
        return document.birth_date
    if document.is_organization:
        raise DocumentError("birth_date", "单位没有出生日期。", "An organization has no birth date.")
    if entered > on:
        raise DocumentError("birth_date", "出生日期晚于今天。", "The birth date lies in the future.")
    if document.birth_date not in {None, entered}:
        raise DocumentError(
            "birth_date",
            "出生日期与证件号码中的不一致。",
            "The birth date contradicts the document number.",
        )
    return entered


@dataclass(frozen=True, slots=True)
class ConflictFacts:
    """Facts for the end of an identity conflict.

    :ivar reviewed: whether it was ended before.
    :ivar own: whether the person who ends it entered it.
    :ivar act: whether an approved correction, submitted since, is in force.
    """

    reviewed: bool
    own: bool
    act: bool


def check_end_conflict(facts: ConflictFacts, end: ConflictEnd) -> None:
    """Check that a conflict may end with a result.

    :raises ConflictReviewed: it was ended before, and the result is final.
    :raises ConflictOfYourOwn: the person who entered it cannot end it.
    :raises ConflictNeedsAct: the result rests on a correction that is not in force.
    :source: 〔本行规则〕 银发〔2007〕345号 requires that a mismatch is examined; that another person does it is a house rule
    """
    if facts.reviewed:
        raise ConflictReviewed
    if facts.own:
        raise ConflictOfYourOwn
    if end.rests_on_act and not facts.act:
        raise ConflictNeedsAct(end=end.value)
