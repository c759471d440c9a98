"""Refusals to pay out the balance of a stopped payment account (余额转出)."""

from typing import ClassVar

from accounts.vocabulary import CloseOutObstacle
from config.kernel.law.refusals import Conflict, Ruled
from config.kernel.law.text import Text


class CloseOutNotOffered(Ruled):
    """Refuse to pay out a balance that its holder can use otherwise (不适用余额转出)."""

    code = "CLOSE_OUT_NOT_OFFERED"
    title = Text("不适用余额转出", "Balance cannot be moved out this way")
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
        CloseOutObstacle.NOT_PENALIZED: (
            "该支付账户的业务未因惩戒停止，不适用余额转出。可直接转账或取款。",
            (
                "No penalty stops the business of this payment account, so this way out is not needed. Transfer or "
                "withdraw the money as usual."
            ),
        ),
        CloseOutObstacle.WHOLE_ONLY: (
            "停止该支付账户业务的文件未规定余额如何转出，按本行规则余额须一次全部转出，不能部分转出。请改为全部余额。",
            (
                "The instrument that stops this payment account does not say how its balance can leave; by a rule of this "
                "bank it leaves as a whole, not in part. Ask for the whole balance."
            ),
        ),
        CloseOutObstacle.COUNTER_ONLY: (
            "停止该支付账户业务的文件未规定余额如何转出，按本行规则须由客户到柜面申请，经两人办理。请约客户到任一网点柜面办理。",
            (
                "The instrument that stops this payment account does not say how its balance can leave; by a rule of this "
                "bank the customer applies for it at the counter, and two persons handle it. Any branch takes the application."
            ),
        ),
    }


class NotAnOwnBankAccount(Ruled):
    """Refuse to pay the balance to anything but a bank account of the same customer (须为本人银行账户)."""

    code = "NOT_AN_OWN_BANK_ACCOUNT"
    title = Text("转入账户不符", "Not an own bank account")
    zh = (
        "余额只能转入同一客户在本行未销户的银行账户，或已登记并复核通过的本人他行账户，且均未被认定为涉案账户。"
        "请另选账户；没有的，可先登记本人他行账户，或先开立银行账户。"
    )
    en = (
        "The balance can go only to an open bank account of the same customer here, or to an own account at another bank "
        "that is registered and approved; neither may be a case account. Choose another account; if there is none, "
        "register an own account at another bank, or open a bank account first."
    )


class NothingToCloseOut(Conflict):
    """Refuse to pay out a balance of zero (余额为零)."""

    code = "NOTHING_TO_CLOSE_OUT"
    title = Text("没有可转出的余额", "No balance to move out")
    zh = "该账户余额为零，没有可转出的款项，无需办理余额转出。"
    en = "The balance of this account is zero; there is nothing to move out."
