"""Rules for closing, freezing and changing an account under restrictions, and for paying out its balance (余额转出).

The older instruments stop all business of a penalized holder's payment account, so its money would be locked for
years; the measures of 2024 allow it to be paid to the holder's own bank account. Where these alone stop the account, any
part of the balance leaves, and the customer can order it without the counter. Under every other penalty the bank allows
it as a whole and by two persons at the counter; these conditions are house rules (本行规则).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.policy.facts import PartyFacts
from accounts.policy.money import (
    check_credit,
    check_debit,
    check_funds,
    check_not_frozen,
    check_not_stopped,
    check_other_than_penalty,
    check_outside_credit,
    check_room,
)
from accounts.policy.restrictions import longest_of_kind
from accounts.refusals.close_outs import CloseOutNotOffered, NotAnOwnBankAccount, NothingToCloseOut
from accounts.refusals.identity import NotTheHolder
from accounts.refusals.money import (
    AccountClosed,
    AccountState,
    NotThatMuchSetAside,
    TransfersHeld,
)
from accounts.refusals.opening import AccountNotEmpty
from accounts.vocabulary import AccountClass, AccountKind, AccountStatus, ClosedReason, CloseOutObstacle
from blacklist.policy.restrictions import Restriction
from blacklist.vocabulary import Act, RestrictionCause, RestrictionKind
from config.kernel.law.money import Fen, format_yuan

#: From the lowest class to the highest. A bank account's highest is Class I, which may do everything;
#: a payment account's is Class III, opened after five outside checks.
#: :source: 银发〔2015〕392号, from 2016-04-01; 人民银行公告〔2015〕第43号, from 2016-07-01.
RANKS: dict[AccountKind, tuple[AccountClass, ...]] = {
    AccountKind.BANK: (AccountClass.III, AccountClass.II, AccountClass.I),
    AccountKind.PAYMENT: (AccountClass.I, AccountClass.II, AccountClass.III),
}


def check_close(party: PartyFacts) -> None:
    """Check that an account may be closed (销户): by the rules of a counter debit, and with nothing left in it.

    A held transfer to this account does not prevent it.

    :raises AccountClosed: it is closed already.
    :raises CaseAccountStopped: it is a case account.
    :raises AccountFrozen: an authority has frozen it.
    :raises PaymentBusinessSuspended: a payment account of a penalized holder, where that stops closing, too.
    :raises AccountNotEmpty: its balance or its reserved amount is not zero.
    :source: 银发〔2016〕261号 一(二), from 2017-01-01.
    """
    check_debit(party, Act.CLOSE)
    if party.balance_fen or party.held_fen:
        raise AccountNotEmpty(balance=format_yuan(party.balance_fen), held=format_yuan(party.held_fen))


def check_account_business(party: PartyFacts) -> None:
    """Check that an account may change class, or that a card on it may be issued, activated or replaced.

    A freeze stops debits only, so it stops none of these; the stop of a case account covers everything, and the
    provisional stop covers these, too.

    :raises AccountClosed: it is closed.
    :raises CaseAccountStopped: it is a case account.
    :raises PaymentBusinessSuspended: a payment account of a penalized holder.
    :source: 银发〔2016〕261号 一(二), from 2017-01-01.
    """
    check_not_stopped(party, Act.ISSUE_CARD)
    check_credit(party)


def check_freeze(party: PartyFacts) -> None:
    """Check that an account can be frozen (冻结): it is open; a case account can be frozen, too.

    :raises AccountClosed: it is closed.
    """
    if party.status is not AccountStatus.OPEN:
        raise AccountClosed


def is_upgrade(kind: AccountKind, present: AccountClass, to: AccountClass) -> bool | None:
    """Return whether a change of class is an upgrade (升级); None where it is neither up nor down.

    Accounts of organizations have no class, so their changes are neither.
    """
    ranks = RANKS[kind]
    if present not in ranks or to not in ranks or present is to:
        return None
    return ranks.index(to) > ranks.index(present)


@dataclass(frozen=True, slots=True)
class OwnElsewhere:
    """A customer's account at another bank that is to receive a balance (本人他行账户).

    :ivar approved: whether its registration as own is in force.
    :ivar is_case_account: whether police have named it.
    """

    approved: bool
    is_case_account: bool


def check_close_out(
    account: PartyFacts,
    to: PartyFacts | OwnElsewhere | None,
    *,
    amount_fen: Fen | None = None,
    at_counter: bool = True,
) -> Fen:
    """Check that a payment account's balance may be paid out (支付账户余额转出), and return the amount that leaves.

    House rule: a penalized holder keeps access to the money at the counter; an account that is stopped for years would
    lock it up. The balance of a case account and of a frozen account stays, and so does that of a holder of a case
    account until the identity is re-verified.

    :param account: the account that is paid out, under its lock.
    :param to: the receiving account, under its lock; None when it is another customer's account here.
    :param amount_fen: a part, or the whole; None for the whole balance, of which nothing is reserved.
    :param at_counter: whether two persons handle it at the counter; else the customer orders it through a gateway.
    :raises AccountClosed: the account is closed.
    :raises CaseAccountStopped, AccountFrozen: a case account, or a frozen one.
    :raises CloseOutNotOffered: it is a bank account, or no penalty stops its business; or a penalty other than that of
        the measures of 2024 stops it, and it is a part or not at the counter.
    :raises PaymentBusinessSuspended: a restriction other than a penalty stops its business, too.
    :raises NotAnOwnBankAccount: `to` is no bank account of the same customer that could be credited, or is no approved
        own account at another bank.
    :raises TransfersHeld, NothingToCloseOut: the whole is asked for, and a part is reserved, or the balance is zero.
    :raises InsufficientFunds: the amount exceeds what is available.
    :raises BalanceLimit: the balance of `to` would exceed the largest one.
    :source: 《联合惩戒办法》 金融惩戒(二), from 2024-12-01; house rule that adds to 通告第五条 and 银发〔2016〕261号 一(三),
        which do not say how the money can leave.
    """
    if account.kind is not AccountKind.PAYMENT:
        raise CloseOutNotOffered(cause=CloseOutObstacle.BANK_ACCOUNT.value)
    check_other_than_penalty(account)
    if not is_close_out_offered(account.kind, account.restrictions):
        raise CloseOutNotOffered(cause=CloseOutObstacle.NOT_PENALIZED.value)
    if not is_balance_free(account.restrictions):
        _check_older_way(is_part=amount_fen is not None and amount_fen < account.balance_fen, at_counter=at_counter)
    if to is None or not _is_own_bank_account(account, to):
        raise NotAnOwnBankAccount
    if amount_fen is None:
        if account.held_fen:
            raise TransfersHeld(held=format_yuan(account.held_fen))
        if not account.balance_fen:
            raise NothingToCloseOut
        amount_fen = account.balance_fen
    check_funds(account, amount_fen)
    if isinstance(to, PartyFacts):
        check_room(to, amount_fen)
    return amount_fen


def _check_older_way(*, is_part: bool, at_counter: bool) -> None:
    """Refuse what only the measures of 2024 permit, where an older penalty applies, too.

    :source: house rule: the older instruments do not say how the money can leave.
    """
    if not at_counter:
        raise CloseOutNotOffered(cause=CloseOutObstacle.COUNTER_ONLY.value)
    if is_part:
        raise CloseOutNotOffered(cause=CloseOutObstacle.WHOLE_ONLY.value)


def check_impostor(account: PartyFacts, *, of_holder: bool) -> None:
    """Check that an account may be closed because an impostor opened it (被冒用身份开户销户).

    Neither a case account nor a penalty prevents it: the person in whose name the account is did not use it.

    :param of_holder: whether the document that was shown is the holder's.
    :raises AccountState: it is closed.
    :raises NotTheHolder: the document is another's.
    :raises AccountFrozen: an authority has frozen it.
    :raises TransfersHeld: a part of the balance is reserved.
    :source: house rule; 银发〔2016〕261号 一(二) is said to let the holder declare it, but its text was not found.
    """
    if account.status is not AccountStatus.OPEN:
        raise AccountState(account_status=account.status.value)
    if not of_holder:
        refusal = NotTheHolder(cause=ClosedReason.IMPOSTOR.value)
        refusal.clause = None
        raise refusal
    check_not_frozen(account)
    if account.held_fen:
        raise TransfersHeld(held=format_yuan(account.held_fen))


def check_aside_payment(
    to: PartyFacts | None, amount_fen: Fen, left_fen: Fen, *, is_case_account: bool = False
) -> None:
    """Check that money set aside may be paid to an account (待处理款项支付).

    :param to: the account here, under its lock; None for one at another bank.
    :param left_fen: what is set aside and not yet paid.
    :param is_case_account: whether police have named the account at the other bank.
    :raises AccountClosed, CaseAccountStopped, PaymentBusinessSuspended, BalanceLimit: the account cannot receive it.
    :raises NotThatMuchSetAside: it is more than is left.
    :source: house rule: only an authority or a court says whose money it is.
    """
    if to is None:
        check_outside_credit(is_case_account=is_case_account)
    else:
        check_credit(to)
    if amount_fen > left_fen:
        raise NotThatMuchSetAside(balance=format_yuan(left_fen))
    if to is not None:
        check_room(to, amount_fen)


def is_close_out_offered(kind: AccountKind, restrictions: Iterable[Restriction]) -> bool:
    """Return whether a penalty stops payments out of a payment account, so that this payout is offered."""
    return kind is AccountKind.PAYMENT and any(
        each.cause is RestrictionCause.PENALTY and each.stops(Act.PAYMENT_OUT) for each in restrictions
    )


def is_balance_free(restrictions: Iterable[Restriction]) -> bool:
    """Return whether no penalty stops the payout of the balance itself, so that the measures of 2024 alone apply."""
    return not any(
        each.cause is RestrictionCause.PENALTY and each.stops(Act.PAYMENT_BALANCE_OUT) for each in restrictions
    )


def _is_own_bank_account(account: PartyFacts, to: PartyFacts | OwnElsewhere) -> bool:
    if isinstance(to, OwnElsewhere):
        return to.approved and not to.is_case_account
    return (
        to.customer_id == account.customer_id
        and to.kind is AccountKind.BANK
        and to.status is AccountStatus.OPEN
        and longest_of_kind(to.restrictions, RestrictionKind.CASE_ACCOUNT_STOPPED) is None
    )
