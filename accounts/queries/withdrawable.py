"""What of a customer can be withdrawn, as a page names it, masked."""

from uuid import UUID

from accounts.models import Document, ExternalAccount
from accounts.queries.renewals import number_shown
from accounts.vocabulary import RequestStatus
from config.kernel.identity.masking import mask_account, mask_document
from config.kernel.law.text import text
from config.kernel.requests.document_types import document_word


def document_told(customer_id: UUID, document_id: UUID) -> str | None:
    """Return a document in force in a word, None where it is not this customer's."""
    row = Document.objects.filter(pk=document_id, customer_id=customer_id, status=RequestStatus.IN_FORCE).first()
    if row is None:
        return None
    told = f"{document_word(row.type)} {mask_document(number_shown(row))}"
    return text(f"拟撤销：{told}。", f"To be withdrawn: {told}.")


def external_account_told(customer_id: UUID, external_account_id: UUID) -> str | None:
    """Return an own account elsewhere in force in a word, None where it is not this customer's."""
    row = ExternalAccount.objects.filter(
        pk=external_account_id, customer_id=customer_id, status=RequestStatus.IN_FORCE
    ).first()
    if row is None:
        return None
    told = f"{row.bank_code} {mask_account(row.number)}"
    return text(f"拟撤销：{told}。", f"To be withdrawn: {told}.")
