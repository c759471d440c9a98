"""Print a letter, keep how it was delivered, and tell whether a paper is one of ours (打印、送达、核验)."""

from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from uuid import UUID

from django.db.models import Max

from accounts.letters.models import Letter, LetterDelivery, LetterPrint
from accounts.letters.queries.composing import content_read
from accounts.letters.queries.words import LetterContent
from accounts.letters.refusals import LetterNotInPdf, LetterNotPrinted
from accounts.letters.vocabulary import DeliveryWay, LetterForm
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

#: Which numbers carriers give (邮件号码): as they are written once spaces and hyphens are left out.
TRACKING_MAX = 40
_NO_DAY = Text("日期须在出具之日与今日之间。", "The date is between the day of issue and today.")
_TRACKED = Text(
    "邮寄和退件须填写邮件号码；当面交付的不填。",
    "By post, and returned, takes a tracking number; in person takes none.",
)


@dataclass(frozen=True, slots=True)
class Printed:
    """A letter that is handed out.

    :ivar file: the PDF, None of a printed page.
    """

    letter: Letter
    content: LetterContent = field(repr=False)
    nth: int
    file: bytes | None = field(default=None, repr=False)


@transaction_required
def print_letter(*, principal: Caller, letter_id: UUID, form: LetterForm) -> Printed:
    """Hand a letter out as a page or a file, and count it: all but the first say that they are reprints (重印).

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
    """Keep how a letter was delivered, or that it came back (登记送达); the last one counts.

    :param day: on which; today, unless told.
    :param tracking_number: of the postal item, and of nothing else.
    :raises NotFound: for an unknown letter.
    :raises BadRequest: on `date` before the issue or to come; on `tracking_number` where the way takes one or none.
    :raises LetterNotPrinted: there is no paper yet.
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
    # ReportLab is imported for the first file alone.
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
