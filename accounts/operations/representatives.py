"""Keep the legal representatives of organizations (法定代表人)."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from accounts.models import LegalRepresentative
from accounts.queries.customers import representative_of
from accounts.queries.opening_changes import is_represented_by
from config.kernel.access.keys import Caller
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.identity.documents import IdentityDocument
from config.kernel.vault.sealed import identity_key


@dataclass(frozen=True, slots=True)
class Representative:
    """The person who represents an organization, the document read already.

    :ivar valid_until: the last day of the document, None when it has no end.
    """

    name: str = field(repr=False)
    document: IdentityDocument
    valid_until: date | None = None


@transaction_required
def keep_representative(customer_id: UUID, entered: Representative, principal: Caller, at: datetime) -> None:
    """Keep an organization's representative from now on; the one on record already is not kept twice.

    :source: 人民币银行结算账户管理办法 (中国人民银行令〔2003〕第5号), on what an organization shows to open an account.
    """
    if is_represented_by(representative_of(customer_id), entered.name, entered.document, entered.valid_until):
        return
    key = identity_key(entered.document.identity)
    row = LegalRepresentative(
        id=new_id(),
        customer_id=customer_id,
        identity_key=key,
        type=entered.document.type,
        country=entered.document.country,
        valid_until=entered.valid_until,
        at=at,
        principal_id=principal.id,
    )
    row.name, row.number = entered.name, entered.document.number
    row.save(force_insert=True)
