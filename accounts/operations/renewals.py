"""Renew a document that a customer has on file (换证登记): until when it was valid stays on record."""

from datetime import date, datetime
from uuid import UUID

from accounts.models import Document, DocumentRenewal
from accounts.operations.identity_documents import CheckInput, keep_check, lock_customer_with
from accounts.policy.identity import RenewalFacts, check_renewal
from accounts.vocabulary import DecisionKind, RequestStatus, Rule
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.identity.faults import DocumentError
from config.kernel.law.dates import shanghai_day
from config.kernel.requests.documents import DocumentInput, bad_document, read_document
from config.kernel.trail.decisions import deciding
from config.kernel.vault.sealed import identity_key


@transaction_required
def renew_document(*, principal: Caller, customer_id: UUID, entered: DocumentInput, check: CheckInput) -> None:
    """Keep that a document on file was shown again, valid until another day (更新证件有效期).

    The identity stays what it is: of a travel permit, whose number ends in a count of its issues, the new number is
    kept with the renewal. A check that does not match does not undo it: it puts the customer under review.

    :param entered: the document as shown; without a last day it has no end.
    :raises BadRequest: what the document cannot be; on `document.valid_until` when it is over, or ends sooner than on file.
    :raises NotFound: for an unknown customer.
    :raises DocumentNotOnFile: when the customer has no such document in force.
    :source: 国务院令第285号 第六条; 银发〔2007〕345号.
    """
    document = read_document(entered, on=shanghai_day(bank_now()))
    key = identity_key(document.identity)
    with deciding(
        DecisionKind.RENEW_DOCUMENT, principal=principal, rule=Rule.RENEW_DOCUMENT, customer_id=customer_id
    ) as decision:
        customer, _, at = lock_customer_with(customer_id)
        customer_id = decision.customer_id = customer.id
        row = Document.objects.filter(
            customer_id=customer_id, type=document.type, identity_key=key, status=RequestStatus.IN_FORCE
        ).first()
        decision.at = at
        decision.facts = {
            "document_type": document.type.value,
            "old_valid_until": row.valid_until.isoformat() if row and row.valid_until else None,
            "valid_until": entered.valid_until.isoformat() if entered.valid_until else None,
            "check_result": check.result.value,
        }
        try:
            check_renewal(RenewalFacts(row is not None, row.valid_until if row else None, entered.valid_until))
        except DocumentError as error:
            raise bad_document(error) from None
        if row is not None:
            decision.object_id = _write(row, document.number, entered.valid_until, principal, at).id
        keep_check(customer_id, check, principal, at)


def _write(row: Document, number: str, valid_until: date | None, principal: Caller, at: datetime) -> DocumentRenewal:
    renewal = DocumentRenewal(
        id=new_id(),
        document=row,
        nth=row.renewal_count + 1,
        old_valid_until=row.valid_until,
        valid_until=valid_until,
        at=at,
        principal_id=principal.id,
    )
    renewal.number = number
    renewal.save(force_insert=True)
    Document.objects.filter(pk=row.pk).update(valid_until=valid_until, renewal_count=renewal.nth)
    return renewal
