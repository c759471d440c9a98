"""Whether money may be debited from or credited to an account: one check per direction, refusals in order of precedence.

Which acts a restriction stops is part of the restriction (`blacklist.regimes`); a freeze stops every debit. The
functions at the top return which act a movement of money is.
"""

from collections.abc import Iterable

from accounts.policy.facts import AccountStanding, MachineDay, PartyFacts
from accounts.policy.restrictions import (
    basis_of,
    holder_of,
    house_rule_of,
    limit_of,
    longest_that_stops,
    other_restrictions,
    others_on_account,
    reckoning_of,
)
from accounts.refusals.money import (
    AccountClosed,
    AccountFrozen,
    BalanceLimit,
    CardNotActive,
    CaseAccountStopped,
    ChannelLimit,
    InsufficientFunds,
    NonCounterSuspended,
    PaymentBusinessSuspended,
    refusal_for_payer,
)
from accounts.vocabulary import AccountKind, AccountStatus, CardStatus, CashLimit, Channel
from blacklist.policy.restrictions import Restriction
from blacklist.vocabulary import Act, RestrictionCause, RestrictionKind
from config.kernel.law.dates import rfc3339
from config.kernel.law.money import BALANCE_MAX, Fen, format_yuan
from config.kernel.law.refusals import Ruled


def cash_out(party: AccountStanding, channel: Channel) -> Act:
    """Return the act of a cash withdrawal (取款)."""
    if party.kind is AccountKind.PAYMENT:
        return Act.PAYMENT_OUT
    return Act.COUNTER_CASH_OUT if channel.is_counter else Act.MACHINE_CASH_OUT


def cash_in(party: AccountStanding, channel: Channel) -> Act:
    """Return the act of a cash deposit (存款)."""
    if party.kind is AccountKind.PAYMENT:
        return Act.PAYMENT_IN
    return Act.COUNTER_CASH_IN if channel.is_counter else Act.MACHINE_CASH_IN


def credit(party: AccountStanding) -> Act:
    """Return the act of receiving a transfer (收款)."""
    return Act.PAYMENT_IN if party.kind is AccountKind.PAYMENT else Act.INBOUND


def transfer_out(payer: AccountStanding, payee: AccountStanding | None, *, channel: Channel, amount_fen: Fen) -> Act:
    """Return the act of a transfer for its payer (转出).

    :param payee: None when it is at another bank, or unknown.
    :param amount_fen: whole fen, above zero.
    """
    if payer.kind is not AccountKind.PAYMENT:
        return Act.COUNTER_TRANSFER_OUT if channel.is_counter else Act.REMOTE_TRANSFER_OUT
    if channel.is_counter and _is_whole_balance(payer, amount_fen) and _is_own_bank_account(payer, payee):
        return Act.PAYMENT_BALANCE_OUT
    return Act.PAYMENT_OUT


def _is_whole_balance(payer: AccountStanding, amount_fen: Fen) -> bool:
    """Return whether an amount is the payer's whole balance, with nothing else of the balance reserved."""
    return isinstance(payer, PartyFacts) and payer.balance_fen == amount_fen and payer.held_fen in {0, amount_fen}


def _is_own_bank_account(payer: AccountStanding, payee: AccountStanding | None) -> bool:
    return (
        isinstance(payer, PartyFacts)
        and isinstance(payee, PartyFacts)
        and payee.customer_id == payer.customer_id
        and payee.kind is AccountKind.BANK
        and payee.status is AccountStatus.OPEN
    )


def check_debit(party: AccountStanding, act: Act) -> None:
    """Check that an account may pay, or be closed (付款、支取、销户).

    :param party: the account under its lock.
    :param act: the act to be checked.
    :raises AccountClosed: it is closed.
    :raises CaseAccountStopped: it is a case account.
    :raises AccountFrozen: an authority has frozen it; a freeze binds the counter, too.
    :raises PaymentBusinessSuspended: a payment account, and a restriction of its holder stops the act.
    :raises NonCounterSuspended: a bank account, and a restriction of its holder stops the act outside the counter.
    :raises CardNotActive: the card that names the account is not active.
    :source: 通告第五条, 2017-01-01; 银发〔2016〕261号 一(二), 2017-01-01; 银发〔2019〕85号, 2019-04-01; 联合惩戒办法, 2024-12-01.
    """
    _check_stopped(party, act)
    check_not_frozen(party)
    _check_suspended(party, act)
    _check_card(party)


def check_deposit(party: AccountStanding, act: Act) -> None:
    """Check that cash may be paid in (存款); a suspension of non-counter business stops it at machines, unless only outflow is stopped.

    :raises AccountClosed, CaseAccountStopped, PaymentBusinessSuspended, NonCounterSuspended,
        CardNotActive: as for a debit; a freeze does not stop a credit.
    :source: 通告第五条, 2017-01-01; 联合惩戒办法, 2024-12-01.
    """
    _check_stopped(party, act)
    _check_suspended(party, act)
    _check_card(party)


def check_credit(party: AccountStanding) -> None:
    """Check that an account may receive a transfer (收款).

    :raises AccountClosed: it is closed.
    :raises CaseAccountStopped: it is a case account.
    :raises PaymentBusinessSuspended: a payment account of a penalized holder.
    :source: 通告第五条, 2017-01-01; 银发〔2016〕261号 一(二), 2017-01-01.
    """
    act = credit(party)
    _check_stopped(party, act)
    _check_suspended(party, act)


def check_other_than_penalty(party: AccountStanding) -> None:
    """Check that no restriction other than a penalty stops an account's whole business (惩戒以外的限制).

    :raises AccountClosed: it is closed.
    :raises CaseAccountStopped: it is a case account.
    :raises AccountFrozen: an authority has frozen it.
    :raises PaymentBusinessSuspended: a payment account of a holder of a case account.
    :source: 银发〔2016〕261号 一(二), 2017-01-01; house rule on the payout of a penalized holder's payment account.
    """
    _check_stopped(party, Act.PAYMENT_BALANCE_OUT)
    check_not_frozen(party)
    others = [each for each in party.restrictions if each.cause is not RestrictionCause.PENALTY]
    _check_suspended(party, Act.PAYMENT_BALANCE_OUT, by=others)


def check_not_stopped(party: AccountStanding, act: Act) -> None:
    """Check that an account is neither a case account nor provisionally stopped as one (临时止付).

    :raises AccountClosed: it is closed.
    :raises CaseAccountStopped: it is a case account, or provisionally stopped.
    :source: 银发〔2016〕261号 一(二), 2017-01-01; house rule on the provisional stop.
    """
    _check_stopped(party, act)


def check_not_frozen(party: AccountStanding) -> None:
    """Check that no authority has frozen an account (冻结).

    :raises AccountFrozen: one has.
    """
    if party.frozen:
        raise AccountFrozen(until=rfc3339(party.frozen_until), **other_restrictions(party.restrictions))


def check_outside_credit(*, is_case_account: bool) -> None:
    """Check an account at another bank: this bank knows only whether police have named it.

    :raises CaseAccountStopped: it is a known case account.
    """
    if is_case_account:
        raise CaseAccountStopped


def check_payee(party: AccountStanding | None, *, is_case_account: bool = False) -> None:
    """Check the payee of a transfer; a refusal tells the payer nothing about the payee's affairs (收款方).

    :param party: None when it is at another bank.
    :param is_case_account: whether police have named that account at the other bank.
    :raises Ruled: as `check_credit` and `check_outside_credit`, without the payee's own affairs.
    :source: 通告第五条, 第六条, 2017-01-01.
    """
    try:
        if party is None:
            check_outside_credit(is_case_account=is_case_account)
        else:
            check_credit(party)
    except Ruled as refusal:
        raise refusal_for_payer(refusal) from None


def check_funds(party: PartyFacts, amount_fen: Fen) -> None:
    """Check that the amount is available (可用余额).

    :param amount_fen: whole fen, above zero.
    :raises InsufficientFunds: at the first fen beyond balance less holds.
    """
    if amount_fen > party.available_fen:
        raise InsufficientFunds


def check_machine_day(day: MachineDay, amount_fen: Fen) -> None:
    """Check a withdrawal at a machine against what machines have paid out that day (自助取款每日限额).

    House rule: it limits what a stolen card or a stolen machine key can take out in a day.

    :param amount_fen: whole fen, above zero.
    :raises ChannelLimit: at the first fen beyond the limit of the account, or of the machine.
    """
    until = rfc3339(day.until)
    if day.account_limit_fen is not None and day.account_fen + amount_fen > day.account_limit_fen:
        raise ChannelLimit(
            cause=CashLimit.ACCOUNT_AT_MACHINES.value,
            limit=format_yuan(day.account_limit_fen),
            withdrawn=format_yuan(day.account_fen),
            until=until,
        )
    if day.machine_limit_fen is not None and day.machine_fen + amount_fen > day.machine_limit_fen:
        # Other customers' withdrawals at the machine are not disclosed.
        raise ChannelLimit(cause=CashLimit.MACHINE.value, limit=format_yuan(day.machine_limit_fen), until=until)


def check_single_person_deposit(amount_fen: Fen, limit_fen: Fen | None) -> None:
    """Check that one person may take a cash deposit at the counter (单人办理柜面存款限额).

    House rule: no person creates money alone.

    :param amount_fen: whole fen, above zero.
    :param limit_fen: the largest that one person takes; None for no limit.
    :raises ChannelLimit: at the first fen beyond it.
    """
    if limit_fen is not None and amount_fen > limit_fen:
        raise ChannelLimit(cause=CashLimit.ONE_PERSON.value, limit=format_yuan(limit_fen))


def check_room(party: PartyFacts, amount_fen: Fen) -> None:
    """Check that an account may receive an amount without exceeding the largest balance (余额上限).

    :param amount_fen: whole fen, above zero.
    :raises BalanceLimit: at the first fen beyond `BALANCE_MAX`.
    """
    if party.balance_fen + amount_fen > BALANCE_MAX:
        raise BalanceLimit


def check_payee_room(party: PartyFacts, amount_fen: Fen) -> None:
    """Check the payee's account against the largest balance; a refusal tells the payer nothing about it.

    :param party: the payee's account under its lock.
    :param amount_fen: the amount to be credited.
    :raises BalanceLimit: as `check_room`.
    :source: 通告第六条, 2016-09-23.
    """
    try:
        check_room(party, amount_fen)
    except BalanceLimit as refusal:
        raise refusal_for_payer(refusal) from None


def _check_card(party: AccountStanding) -> None:
    if party.card_status is not None and party.card_status != CardStatus.ACTIVE:
        raise CardNotActive(card_status=party.card_status)


def _check_stopped(party: AccountStanding, act: Act) -> None:
    if party.status != AccountStatus.OPEN:
        raise AccountClosed
    stops = [each for each in party.restrictions if each.kind is RestrictionKind.CASE_ACCOUNT_STOPPED]
    certified = [each for each in stops if each.cause is RestrictionCause.CASE_ACCOUNT]
    stop = longest_that_stops(certified, act) or longest_that_stops(stops, act)
    if stop is None:
        return
    limit, others = limit_of(stop), others_on_account(party, stop)
    if stop.cause is RestrictionCause.CASE_ACCOUNT:
        raise CaseAccountStopped(**others)
    refusal = CaseAccountStopped(cause=stop.cause.value, since=rfc3339(stop.starts_at), **limit, **others)
    refusal.clause = stop.clause  # type: ignore[assignment]  # a rule of the bank's own has none
    raise refusal


def _check_suspended(party: AccountStanding, act: Act, by: Iterable[Restriction] | None = None) -> None:
    """Check that no suspension stops an act; the refusal names the one that ends last.

    :param by: the restrictions to check; None for all of the account.
    """
    restriction = longest_that_stops(party.restrictions if by is None else by, act)
    if restriction is None:
        return
    kind: type[Ruled] = NonCounterSuspended
    if restriction.kind is RestrictionKind.PAYMENT_BUSINESS_SUSPENDED:
        kind = PaymentBusinessSuspended
    cause = house_rule_of(restriction) or restriction.cause
    fields = limit_of(restriction) | basis_of(restriction) | reckoning_of(restriction)
    fields |= holder_of(party.holder_kind) if isinstance(party, PartyFacts) else {}
    others = others_on_account(party, restriction)
    refusal = kind(until=rfc3339(restriction.until), cause=cause.value, **fields, **others)
    refusal.clause = restriction.clause
    raise refusal
