"""Issue a letter (出具信函): its words are put together from what is so now, sealed and hashed, and stand."""

from hashlib import sha256
from uuid import UUID

from django.db.models import Max

from accounts.letters.models import Letter
from accounts.letters.policy import IssueFacts, check_issue
from accounts.letters.queries.composing import (
    content_of,
    content_read,
    refusal_of,
    told_of_certificates,
    told_of_refusal,
)
from accounts.letters.queries.due import CustomerLetters, letters_of_customers
from accounts.letters.queries.words import LetterSection
from accounts.letters.vocabulary import LetterKind
from accounts.operations.identity_documents import lock_customer_with
from accounts.vocabulary import DecisionKind, Rule
from config.kernel.access.keys import Caller
from config.kernel.database.ids import new_id
from config.kernel.database.locks import letters_lock
from config.kernel.database.sql import ask
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import shanghai_day
from config.kernel.trail.decisions import deciding


@transaction_required
def issue_letter(*, principal: Caller, customer_id: UUID, kind: LetterKind, about_id: UUID) -> Letter:
    """Issue a letter to a customer, with the next number of its kind and year.

    Told already, it is issued anew only where it would say something else, and takes the place of the one before.

    :param about_id: of the certificate, the revocation, the re-verification, or the decision that refused.
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
        before = letters.by_telling.get((kind, about_id))
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
            borne = letters.answering((kind, about_id))[0]
            row.certificate_id = borne.bearing.certificate_id
            row.last_day = borne.last_day if kind is LetterKind.PENALTY else None
        # Numbers follow each other: whoever issues one of this kind waits for this.
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
    """Return what the letter says, None where there is nothing of it to tell."""
    if kind is LetterKind.REFUSAL:
        refused = refusal_of(letters.customer, about_id)
        return None if refused is None else told_of_refusal(letters.customer, refused)
    borne = letters.answering((kind, about_id))
    return told_of_certificates(letters, kind, borne) if borne else None
