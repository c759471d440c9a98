"""Refusals of moving out a payment account's balance by two persons, in the order in which they are looked for."""

from typing import ClassVar

from accounts.vocabulary import CloseOutObstacle
from config.kernel.law.refusals import Conflict, Ruled


class CloseOutNotOffered(Ruled):
    """Refuse to move out a balance that its holder can use otherwise (不适用余额转出)."""

    code = "CLOSE_OUT_NOT_OFFERED"
    zh = "该账户不适用支付账户余额转出。账户未受限制的，可直接办理转账或取款。"
    en = "This way out is not for this account. Where nothing restricts it, money can be transferred or withdrawn as usual."
    causes: ClassVar = {
        CloseOutObstacle.BANK_ACCOUNT: (
            "只有支付账户的余额可以这样转出，该账户是银行账户。银行账户可在柜面取款或转账；被中止或冻结的，须先解除。",
            (
                "Only the balance of a payment account is moved out in this way; this is a bank account. Withdraw or "
                "transfer at the counter; a stop or a freeze must be lifted first."
            ),
        ),
        CloseOutObstacle.BY_TRANSFER: (
            "该支付账户的余额可由本人在柜面直接办理转账，一次全部转入其在本行的银行账户，无需复核。",
            (
                "The balance of this payment account can be transferred at the counter, whole and at once, to the holder's own "
                "bank account at this bank; no approval is needed."
            ),
        ),
        CloseOutObstacle.NOT_PENALIZED: (
            "该支付账户的业务未因惩戒停止，不适用余额转出。可直接转账或取款。",
            (
                "No penalty stops the business of this payment account, so this way out is not needed. Transfer or "
                "withdraw the money as usual."
            ),
        ),
    }


class NotAnOwnBankAccount(Ruled):
    """Refuse to let the balance go anywhere but to a bank account of the same customer (须为本人银行账户)."""

    code = "NOT_AN_OWN_BANK_ACCOUNT"
    zh = "余额只能转入同一客户在本行的银行账户，且该账户须未销户、未被认定为涉案账户。请另选账户；没有的，可先为其开立银行账户。"
    en = (
        "The balance can go only to a bank account of the same customer at this bank that is open and no case account. "
        "Choose another account; if there is none, open a bank account first."
    )


class TransfersHeld(Conflict):
    """Refuse to move out a balance of which transfers on hold still reserve a part (有待到账转账)."""

    code = "TRANSFERS_HELD"
    zh = "该账户有预留金额 {held} 元（待到账转账），余额暂不能转出。请先撤销这些转账，或等其到期办结。"
    en = (
        "{held} yuan of this account are held for transfers, so its balance cannot be moved out yet. Cancel those "
        "transfers, or wait until they are due."
    )


class NothingToCloseOut(Conflict):
    """Refuse to move out a balance of zero (余额为零)."""

    code = "NOTHING_TO_CLOSE_OUT"
    zh = "该账户余额为零，没有可转出的款项，无需办理余额转出。"
    en = "The balance of this account is zero; there is nothing to move out."
