"""What about a customer waits for a second person, whatever its kind, but for its own documents and accounts elsewhere."""

from collections.abc import Iterable
from uuid import UUID

from accounts.models import Customer, Document, ExternalAccount
from accounts.queries.records import PLACES, rows_of
from accounts.queries.whose import ids_of
from accounts.vocabulary import RequestStatus
from config.kernel.models import ProposedModel


def waiting_about(customer_id: UUID) -> Iterable[UUID]:
    """Return the ids of what waits, in one query; what is proposed about two customers waits for either.

    What was proposed about a customer that was merged since is told with the one that remains.
    """
    every, merged = ids_of(customer_id), Customer.objects.filter(merged_into=customer_id)
    first, *others = (
        rows_of(table, ways, merged if table in (Document, ExternalAccount) else every).filter(
            status=RequestStatus.PENDING
        )
        for table, ways in PLACES.items()
        if issubclass(table, ProposedModel)
    )
    return first.union(*others)
