"""Balances of payment accounts on their way out (余额转出), and where they may go."""

from uuid import UUID

from accounts.models import Account, CloseOut
from accounts.vocabulary import AccountKind, AccountStatus, RequestStatus


def find_close_out(close_out_id: UUID) -> CloseOut | None:
    """Return a balance on its way out with both accounts, None when there is none of this id."""
    return CloseOut.objects.select_related("account", "to_account").filter(pk=close_out_id).first()


def waiting_close_outs(account_id: UUID) -> list[UUID]:
    """Return the ids of those of an account that wait for a second person."""
    found = CloseOut.objects.filter(account_id=account_id, status=RequestStatus.PENDING)
    return list(found.values_list("id", flat=True))


def open_bank_accounts(customer_id: UUID) -> list[Account]:
    """Return a customer's open bank accounts, the oldest first; whether one can be credited the rule says."""
    found = Account.objects.filter(customer_id=customer_id, kind=AccountKind.BANK, status=AccountStatus.OPEN)
    return list(found.defer("agent_name").order_by("id"))
