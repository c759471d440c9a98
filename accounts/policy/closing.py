"""Whether an account may be closed, and its class or its cards change while it is restricted."""

from accounts.policy.facts import PartyFacts
from accounts.policy.money import check_credit, check_debit, check_not_stopped
from accounts.refusals.money import AccountClosed
from accounts.refusals.opening import AccountNotEmpty
from accounts.vocabulary import AccountClass, AccountKind, AccountStatus
from blacklist.vocabulary import Act
from config.kernel.law.money import format_yuan

#: From the lowest class to the highest. A bank account's highest is Class I, which may do everything;
#: a payment account's is Class III, opened after five outside checks.
#: :source: 银发〔2015〕392号, from 2016-04-01; 人民银行公告〔2015〕第43号, from 2016-07-01.
RANKS: dict[AccountKind, tuple[AccountClass, ...]] = {
    AccountKind.BANK: (AccountClass.III, AccountClass.II, AccountClass.I),
    AccountKind.PAYMENT: (AccountClass.I, AccountClass.II, AccountClass.III),
}


def check_close(party: PartyFacts) -> None:
    """Check that an account may be closed (销户): like a debit at the counter, and nothing left in it.

    A transfer that is held for this account as payee does not hinder it.

    :raises AccountClosed: it is closed already.
    :raises CaseAccountStopped: it is a case account.
    :raises AccountFrozen: an authority has frozen it.
    :raises PaymentBusinessSuspended: a payment account of a penalized holder, where that stops closing, too.
    :raises AccountNotEmpty: its balance or what is held of it is not zero.
    :source: 银发〔2016〕261号 一(二), from 2017-01-01.
    """
    check_debit(party, Act.CLOSE)
    if party.balance_fen or party.held_fen:
        raise AccountNotEmpty(balance=format_yuan(party.balance_fen), held=format_yuan(party.held_fen))


def check_account_business(party: PartyFacts) -> None:
    """Check that an account may change its class, or get, activate or replace a card.

    A freeze stops debits and so none of these; a case account's stop is for everything, and the provisional one for these, too.

    :raises AccountClosed: it is closed.
    :raises CaseAccountStopped: it is a case account.
    :raises PaymentBusinessSuspended: a payment account of a penalized holder.
    :source: 银发〔2016〕261号 一(二), from 2017-01-01.
    """
    check_not_stopped(party, Act.ISSUE_CARD)
    check_credit(party)


def check_freeze(party: PartyFacts) -> None:
    """Check that there is an account to freeze (冻结); a case account can be frozen too.

    :raises AccountClosed: it is closed.
    """
    if party.status is not AccountStatus.OPEN:
        raise AccountClosed


def is_upgrade(kind: AccountKind, present: AccountClass, to: AccountClass) -> bool | None:
    """Say whether a change of class leads up (升级); None where it leads nowhere.

    An organization's account has no rank: nothing leads up or down from it.
    """
    ranks = RANKS[kind]
    if present not in ranks or to not in ranks or present is to:
        return None
    return ranks.index(to) > ranks.index(present)
