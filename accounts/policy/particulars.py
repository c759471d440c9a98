"""Rules on a customer's statements at an opening: beneficial owners, tax declarations, kinds of accounts."""

from collections.abc import Collection

from accounts.policy.closing import check_account_business
from accounts.policy.facts import PartyFacts
from accounts.refusals.opening import BasicAccountExists
from accounts.vocabulary.particulars import (
    OWNER_SHARE_MIN,
    WHOLE,
    Control,
    OrganizationAccountKind,
    TaxEntity,
    TaxResidency,
)


def owner_fits(control: Control, share: int | None) -> bool:
    """Return whether a beneficial owner is stated consistently: a share of a quarter or more, or no share and another reason.

    :param share: in hundredths of a percent, None where none is stated.
    :source: 中国人民银行令〔2025〕第12号 第八条, from 2026-01-20; organizations file by 令〔2024〕第3号, from 2024-11-01.
    """
    if not control.has_share:
        return share is None
    return share is not None and OWNER_SHARE_MIN <= share <= WHOLE


def controllers_fit(entity: TaxEntity | None, declared: Collection[TaxResidency | None]) -> bool:
    """Return whether the controllers' tax residency is declared: for each controller of a passive organization, for no other.

    A passive organization always has a controller: the person with the largest share, with other control, or in charge
    of its business.

    :param entity: None where the organization has declared nothing.
    :param declared: by each beneficial owner; the beneficial owners count as its controllers.
    :source: 国家税务总局 财政部 中国人民银行等公告2017年第14号 《非居民金融账户涉税信息尽职调查管理办法》, from 2017-07-01; that
        the beneficial owners count as controllers is a house rule.
    """
    if entity is TaxEntity.PASSIVE:
        return bool(declared) and None not in declared
    return all(each is None for each in declared)


def check_basic_account(kind: OrganizationAccountKind | None, *, open_basic: int) -> None:
    """Check that an organization opens no second basic account (基本存款账户): one in the country; a bank sees its own.

    :param kind: None where it was not stated.
    :param open_basic: the number of open basic accounts of the organization at this bank.
    :raises BasicAccountExists: it has one.
    :source: 人民币银行结算账户管理办法 (中国人民银行令〔2003〕第5号) 第四条, from 2003-09-01.
    """
    if kind is OrganizationAccountKind.BASIC and open_basic:
        raise BasicAccountExists


def check_account_use(party: PartyFacts, kind: OrganizationAccountKind | None, *, other_basic: int) -> None:
    """Check that an open account's kind or purpose may be changed (变更账户种类、用途).

    :param kind: the new kind of an organization's account; None for an individual's account, which has a purpose.
    :param other_basic: the number of the organization's other open basic accounts at this bank.
    :raises Ruled: what `check_account_business` refuses, as to a change of class.
    :raises BasicAccountExists: it would be the organization's second basic account.
    :source: house rule: nothing is opened and no money moves, so neither a bar on opening nor a freeze prevents it; a
        stopped account is not changed. One basic account: 人民币银行结算账户管理办法 (中国人民银行令〔2003〕第5号) 第四条.
    """
    check_account_business(party)
    check_basic_account(kind, open_basic=other_basic)
