"""What about a customer waits for a second person, whatever its kind, but for its own documents and accounts elsewhere."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

from accounts.models import (
    CardException,
    CleanupAction,
    CloseOut,
    Customer,
    Document,
    DocumentWithdrawal,
    ExternalAccount,
    ExternalAccountWithdrawal,
    NameChange,
    Reverification,
    SamePerson,
)
from accounts.queries.whose import ids_of
from accounts.vocabulary import RequestStatus


def waiting_about(customer_id: UUID) -> Iterable[UUID]:
    """Return the ids of what waits, in one query; what is proposed about two customers waits for either.

    What was proposed about a customer that was merged since is told with the one that remains.
    """
    merged = Customer.objects.filter(merged_into=customer_id)
    found = [
        model.objects.filter(condition, status=RequestStatus.PENDING).values_list("id", flat=True)
        for model, condition in (
            (CardException, Q(account__customer_id=customer_id)),
            (CleanupAction, Q(item__case__customer_id__in=ids_of(customer_id))),
            (CloseOut, Q(account__customer_id=customer_id)),
            (Reverification, Q(customer_id__in=ids_of(customer_id))),
            (NameChange, Q(customer_id__in=ids_of(customer_id))),
            (Document, Q(customer__in=merged)),
            (ExternalAccount, Q(customer__in=merged)),
            (SamePerson, Q(customer_id__in=ids_of(customer_id)) | Q(other_id__in=ids_of(customer_id))),
            (DocumentWithdrawal, Q(document__customer_id=customer_id)),
            (ExternalAccountWithdrawal, Q(external_account__customer_id=customer_id)),
        )
    ]
    return found[0].union(*found[1:])
