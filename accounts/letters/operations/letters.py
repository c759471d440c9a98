"""Issue letters (出具信函), print them, and record their delivery."""

from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from uuid import UUID

from django.db.models import Max

from accounts.letters.models import Letter, LetterDelivery, LetterPrint
from accounts.letters.policy import IssueFacts, check_issue
from accounts.letters.queries.composition import (
    certificate_sections,
    content_of,
    content_read,
    refusal_of,
    refusal_sections,
)
from accounts.letters.queries.owed_letters import CustomerLetters, letters_of_customers
from accounts.letters.queries.words import LetterContent, LetterSection
from accounts.letters.refusals import LetterNotInPdf, LetterNotPrinted
from accounts.letters.vocabulary import DeliveryWay, LetterForm, LetterKind
from accounts.operations.identity_documents import lock_customer_with
from accounts.vocabulary import DecisionKind, Rule
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.locks import letters_lock
from config.kernel.database.sql import ask
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import shanghai_day
from config.kernel.law.refusals import BadRequest, NotFound
from config.kernel.law.text import Text
from config.kernel.trail.decisions import deciding


@transaction_required
def issue_letter(*, principal: Caller, customer_id: UUID, kind: LetterKind, about_id: UUID) -> Letter:
    """Issue a letter to a customer, with the next number of its kind and year.

    A second letter about the same is issued only if its content would differ; it replaces the first.

    :param about_id: the id of the certificate, revocation, re-verification or refusing decision.
    :raises NotFound: for an unknown customer.
    :raises LetterNotDue, LetterAlreadyIssued: what `check_issue` refuses.
    :source: 《反电信网络诈骗法》第三十一条; 《联合惩戒办法》第十二条; 银发〔2016〕261号 一(二).
    """
    with deciding(
        DecisionKind.ISSUE_LETTER, principal=principal, rule=Rule.LETTER, customer_id=customer_id
    ) as decision:
        customer, keys, at = lock_customer_with(customer_id)
        decision.at, decision.customer_id = at, customer.id
        decision.facts = {"letter_kind": kind.value, "about_id": str(about_id)}
        letters = letters_of_customers([customer.id], at, {customer.id: keys})[customer.id]
        sections = _sections(letters, kind, about_id)
        before = letters.last_by_subject.get((kind, about_id))
        if before is not None:
            before = Letter.objects.get(pk=before.pk)
        row = Letter(
            id=new_id(),
            kind=kind,
            year=shanghai_day(at).year,
            customer=customer,
            about_id=about_id,
            certificate_id=None,
            replaces=before,
            issued_at=at,
            issued_by_id=principal.id,
        )
        check_issue(
            IssueFacts(
                applies=sections is not None,
                issued=before.id if before else None,
                differs=before is not None
                and sections is not None
                and content_of(customer, kind, before.number, sections, at).differs(content_read(before)),
            )
        )
        if kind is not LetterKind.REFUSAL:
            certificate = letters.certificates_of((kind, about_id))[0]
            row.certificate_id = certificate.bearing.certificate_id
            row.last_day = certificate.last_day if kind is LetterKind.PENALTY else None
        # The lock makes letters of this kind wait for each other, so that their numbers have no gap.
        ask(letters_lock(kind.value))
        last = Letter.objects.filter(kind=kind, year=row.year).aggregate(last=Max("serial"))["last"]
        row.serial = (last or 0) + 1
        written = content_of(customer, kind, row.number, sections or (), at).written()
        row.content, row.digest = written, sha256(written.encode()).hexdigest()
        row.save(force_insert=True)
        decision.object_id = row.id
        decision.facts |= {"number": row.number, "digest": row.digest}
        return row


def _sections(letters: CustomerLetters, kind: LetterKind, about_id: UUID) -> tuple[LetterSection, ...] | None:
    """Return the sections of a letter, None where it has nothing to say."""
    if kind is LetterKind.REFUSAL:
        refused = refusal_of(letters.customer, about_id)
        return None if refused is None else refusal_sections(letters.customer, refused)
    certificates = letters.certificates_of((kind, about_id))
    return certificate_sections(letters, kind, certificates) if certificates else None


#: Longest tracking number of a carrier (邮件号码), without spaces and hyphens.
TRACKING_MAX = 40
_NO_DAY = Text("日期须在出具之日与今日之间。", "The date is between the day of issue and today.")
_TRACKED = Text(
    "邮寄和退件须填写邮件号码；当面交付的不填。",
    "By post, and returned, takes a tracking number; in person takes none.",
)


@dataclass(frozen=True, slots=True)
class Printed:
    """A letter that was handed out.

    :ivar file: the PDF, None of a printed page.
    """

    letter: Letter
    content: LetterContent = field(repr=False)
    nth: int
    file: bytes | None = field(default=None, repr=False)


@transaction_required
def print_letter(*, principal: Caller, letter_id: UUID, form: LetterForm) -> Printed:
    """Hand a letter out as a page or a file, and count it; each print after the first is marked as a reprint (重印).

    :raises NotFound: for an unknown letter.
    :raises LetterNotInPdf: when a file cannot show the name.
    """
    letter = _letter(letter_id)
    with deciding(
        DecisionKind.PRINT_LETTER,
        principal=principal,
        rule=Rule.LETTER,
        customer_id=letter.customer_id,
        object_id=letter.id,
    ) as decision:
        ask(letters_lock(str(letter.id)))
        at = decision.at = bank_now()
        nth = (LetterPrint.objects.filter(letter=letter).aggregate(last=Max("nth"))["last"] or 0) + 1
        content = content_read(letter)
        file = _file(content, code=letter.code, nth=nth) if form is LetterForm.PDF else None
        row = LetterPrint(id=new_id(), letter=letter, nth=nth, form=form, at=at, principal_id=principal.id)
        row.digest = "" if file is None else sha256(file).hexdigest()
        row.save(force_insert=True)
        decision.facts = {"number": letter.number, "nth": nth, "format": form.value}
        return Printed(letter, content, nth, file)


@transaction_required
def deliver_letter(
    *, principal: Caller, letter_id: UUID, way: DeliveryWay, day: date | None = None, tracking_number: str = ""
) -> LetterDelivery:
    """Record the delivery of a letter, or its return (登记送达); the last record counts.

    :param day: the day of delivery; today by default.
    :param tracking_number: of the postal item; only for delivery by post.
    :raises NotFound: for an unknown letter.
    :raises BadRequest: on `date` before the issue or to come; on `tracking_number` where the way takes one or none.
    :raises LetterNotPrinted: when it was never printed.
    """
    letter = _letter(letter_id)
    with deciding(
        DecisionKind.DELIVER_LETTER,
        principal=principal,
        rule=Rule.LETTER,
        customer_id=letter.customer_id,
        object_id=letter.id,
    ) as decision:
        at = bank_now()
        day = day or shanghai_day(at)
        number = "".join(each for each in tracking_number.upper() if each not in " -")
        if not shanghai_day(letter.issued_at) <= day <= shanghai_day(at):
            raise BadRequest({"date": [_NO_DAY]})
        if bool(number) is not (way in (DeliveryWay.POST, DeliveryWay.RETURNED)) or not _fits(number):
            raise BadRequest({"tracking_number": [_TRACKED]})
        decision.at = at
        decision.facts = {"number": letter.number, "way": way.value, "day": day.isoformat()}
        if not LetterPrint.objects.filter(letter=letter).exists():
            raise LetterNotPrinted
        row = LetterDelivery(
            id=new_id(), letter=letter, way=way, day=day, tracking_number=number, at=at, principal_id=principal.id
        )
        row.save(force_insert=True)
        return row


def _file(content: LetterContent, *, code: str, nth: int) -> bytes:
    # Imported late: only a file needs ReportLab.
    from accounts.letters.operations.paper import letter_paper
    from config.kernel.trail.paper import missing_characters

    if missing_characters(content.name):
        raise LetterNotInPdf
    return letter_paper(content, code=code, nth=nth)


def _fits(number: str) -> bool:
    return not number or (number.isascii() and number.isalnum() and 5 <= len(number) <= TRACKING_MAX)


def _letter(letter_id: UUID) -> Letter:
    letter = Letter.objects.filter(pk=letter_id).first()
    if letter is None:
        raise NotFound
    return letter
