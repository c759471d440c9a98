"""What is told of a customer when an account is opened: who owns a unit in the end, and which accounts it may have."""

from accounts.refusals.opening import BasicAccountExists
from accounts.vocabulary.particulars import OWNER_SHARE_MIN, WHOLE, Control, UnitAccountKind


def owner_fits(control: Control, share: int | None) -> bool:
    """Say whether a beneficial owner is told rightly: a quarter or more, the quarter included, or no share and why else.

    :param share: in hundredths of a percent, None where none is told.
    :source: 《受益所有人信息管理办法》 (中国人民银行 国家市场监督管理总局令〔2024〕第3号) 第六条, from 2024-11-01.
    """
    if not control.has_share:
        return share is None
    return share is not None and OWNER_SHARE_MIN <= share <= WHOLE


def check_basic_account(kind: UnitAccountKind | None, *, open_basic: int) -> None:
    """Check that a unit opens no second basic account (基本存款账户): one in the whole country, of which a bank sees its own.

    :param kind: None where it was not told.
    :param open_basic: how many the unit has open here.
    :raises BasicAccountExists: it has one.
    :source: 人民币银行结算账户管理办法 (中国人民银行令〔2003〕第5号) 第四条, from 2003-09-01.
    """
    if kind is UnitAccountKind.BASIC and open_basic:
        raise BasicAccountExists
