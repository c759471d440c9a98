"""Read a customer's full data, with a record."""

from uuid import UUID

from accounts.models import Account
from accounts.policy.opening import may_print_form
from accounts.queries.customers import WholeCustomer, whole_customer
from accounts.queries.opening import form_facts
from accounts.queries.transfer_sides import AccountSide, account_sides
from config.kernel.access.keys import Caller
from config.kernel.database.transactions import transaction_required
from config.kernel.law.refusals import NotFound
from config.kernel.trail.unmasking import LookReason, record_unmasking


@transaction_required
def unmask_customer(*, principal: Caller, customer_id: UUID, reason: str) -> WholeCustomer:
    """Return a customer's full data, and record the look (查看完整信息).

    :param reason: a code of the list.
    :raises NotFound: for an unknown customer; nothing is kept.
    """
    whole = whole_customer(customer_id)
    if whole is None:
        raise NotFound
    record_unmasking(principal, reason, customer_id=whole.customer_id)
    return whole


@transaction_required
def print_opening_form(*, principal: Caller, account_id: UUID) -> WholeCustomer | None:
    """Return the holder's data for the paper of an account's opening form, and record the print (打印申请书).

    The account's row is locked before the rule is checked, so two windows that ask at the same instant print the form
    once.

    :returns: None when the caller may not print it, or not any more.
    :raises NotFound: for an unknown account.
    """
    account = Account.objects.select_for_update(no_key=True).filter(pk=account_id).first()
    if account is None:
        raise NotFound
    if not may_print_form(form_facts(principal, account)):
        return None
    record_unmasking(principal, LookReason.OPENING_FORM.value, customer_id=account.customer_id, object_id=account_id)
    return whole_customer(account.customer_id)


@transaction_required
def print_statement(*, principal: Caller, account_id: UUID) -> AccountSide:
    """Return an account with its whole number and its holder's name for a statement, and record the print (打印对账单).

    :raises NotFound: for an unknown account.
    """
    side = account_sides([account_id]).get(account_id)
    if side is None:
        raise NotFound
    record_unmasking(principal, LookReason.STATEMENT.value, customer_id=side.customer_id, object_id=account_id)
    return side
