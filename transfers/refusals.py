"""Refusals of transfers."""

from typing import ClassVar

from config.kernel.law.clauses import PBOC_261_REVOCATION
from config.kernel.law.refusals import Conflict, NotFound, RequestError, Ruled
from config.kernel.law.text import Text
from transfers.vocabulary import ReturnCause, TransferStatus


class PayeeNotFound(Ruled):
    """Refuse a payee's number that is no account here and no issued, active or lost card."""

    code = "PAYEE_NOT_FOUND"
    title = Text("没有该收款账号", "Payee's account not found")
    is_miss = True
    zh = "本行没有该收款账号或卡号（已注销的卡不能收款）。请核对；如为他行账户，请填写收款行行号。"
    en = "This bank has no such account or card (a cancelled card receives nothing). Check the number; for an account at another bank, enter its bank code."


class PayeeUnknown(NotFound):
    """Refuse an inquiry about a payee this bank does not know."""

    code = "PAYEE_NOT_FOUND"
    title = Text("没有该收款账号", "Payee's account not found")
    zh = "没有查到该收款账号或卡号。请核对；他行账户不提供户名查询。"
    en = "No such account or card was found. Check the number; names at other banks cannot be looked up."


class PayeeNameMismatch(Ruled):
    """Refuse a payee name that is not the holder's (户名不符)."""

    code = "PAYEE_NAME_MISMATCH"
    title = Text("收款户名不一致", "Payee's name does not match")
    is_miss = True
    zh = "收款人户名与该账户的开户人不一致。请向收款人核实后重新填写，谨防诈骗。"
    en = (
        "The payee's name does not match the account holder's. Check with the payee and enter it again; "
        "beware of fraud."
    )


class SameAccount(Ruled):
    """Refuse a transfer from an account to itself."""

    code = "SAME_ACCOUNT"
    title = Text("付款与收款同一账户", "Payer and payee are the same account")
    zh = "付款账户与收款账户是同一账户。请更换其中一个。"
    en = "The payer's and payee's accounts are the same. Change one of them."


class NotThePayer(Ruled):
    """Refuse a cancellation for which the payer did not apply (非付款人)."""

    code = "NOT_THE_PAYER"
    title = Text("申请人不是付款人", "Applicant is not the payer")
    clause = PBOC_261_REVOCATION
    zh = "申请撤销的人不是付款人。撤销须由付款人持有效证件或付款卡向本行申请。"
    en = (
        "The applicant is not the payer. Only the payer can request cancellation, with the payer's "
        "valid document or the paying card."
    )


class CancelTooLate(Conflict):
    """Refuse to cancel at or after the due instant."""

    code = "CANCEL_TOO_LATE"
    title = Text("撤销时已到期", "Too late to cancel")
    clause = PBOC_261_REVOCATION
    zh = "该转账已于{due_at}到期，正在入账，不能再撤销。如遇诈骗，请立即拨打110报警并联系本行止付。"
    en = (
        "This transfer was due at {due_at}, is being posted and can no longer be cancelled. In case of "
        "fraud, call 110 immediately and ask the bank to stop the payment."
    )


class AlreadyPosted(Conflict):
    """Refuse to cancel a posted transfer."""

    code = "ALREADY_POSTED"
    title = Text("转账已入账或转出", "Transfer already posted or paid out")
    zh = "该转账已于{settled_at}入账或转出，不能撤销。如遇诈骗，请立即拨打110报警并联系本行止付。"
    en = (
        "This transfer was posted or paid out at {settled_at} and cannot be cancelled. In case of fraud, call 110 "
        "immediately and ask the bank to stop the payment."
    )


class AlreadyReturned(Conflict):
    """Refuse to cancel a returned transfer."""

    code = "ALREADY_RETURNED"
    title = Text("转账到期未执行", "Transfer was not executed when due")
    words: ClassVar = {"outcome_code": ReturnCause}
    zh = "该转账到期未执行（{outcome_code}），款项已恢复为付款账户的可用余额，无需撤销。"
    en = (
        "This transfer was not executed when due ({outcome_code}); the amount is available again on the "
        "paying account. There is nothing to cancel."
    )


class NotCancellable(Conflict):
    """Refuse to cancel a transfer that was never held."""

    code = "NOT_CANCELLABLE"
    title = Text("该转账不能撤销", "Transfer cannot be cancelled")
    zh = "该转账为实时到账或未被受理，没有待撤销的款项。"
    en = "This transfer was real-time or was not accepted; there is no amount to cancel."


class DelayNotOffered(Conflict):
    """Refuse to delay a transfer that is not held, is due, or was delayed before."""

    code = "DELAY_NOT_OFFERED"
    title = Text("不能延缓到账", "Delay not offered")
    zh = "该转账不在待到账状态、已到期，或者已经延缓过一次，不能再延缓。请重新查询；可疑情形仍可登记。"
    en = (
        "This transfer is not on hold, is due, or was delayed once before; it cannot be delayed. Look again; a suspicion "
        "can still be recorded."
    )


class NotParked(Conflict):
    """Refuse to return a transfer that is not set aside after failures."""

    code = "NOT_PARKED"
    title = Text("转账没有搁置", "Transfer is not set aside")
    words: ClassVar = {"status": TransferStatus}
    zh = "该转账（{status}）目前没有因入账失败而搁置，不能申请终止。请重新查询；到期的转账由系统自动入账。"
    en = (
        "This transfer ({status}) is not set aside after failed attempts and cannot be returned. Look again; what is due "
        "is posted automatically."
    )


class ParkedReturn(Ruled):
    """Explain the return of a transfer by two persons; nothing is refused by it."""

    code = "PARKED_RETURN"
    title = Text("入账失败已终止", "Returned after failed posting")
    zh = "该转账到期后未能入账，经双人复核终止，款项已恢复为付款账户的可用余额。如仍需转账，请重新办理。"
    en = (
        "This transfer could not be posted when due and was returned by two persons; the amount is available again on the "
        "paying account. Enter it again if it is still wanted."
    )


class ClockBusy(RequestError):
    """Answer when another move of the clock is not finished."""

    status = 503
    code = "CLOCK_BUSY"
    title = Text("银行时钟正在移动", "Clock is being moved")
    zh = "银行时钟正在被另一请求移动，本次未作任何处理。请稍后重试。"
    en = "Another request is moving the bank's clock; nothing was done. Try again shortly."


class ReleasePending(RequestError):
    """Answer when the clock has moved but not all due transfers are released."""

    status = 503
    code = "RELEASE_PENDING"
    title = Text("到期转账未处理完", "Release pending")
    zh = "银行时钟已移动，但仍有到期转账未处理。请检查入账程序是否在运行，稍后再查询。"
    en = (
        "The clock has moved, but transfers that are due have not been processed yet. Check that the "
        "posting program is running, then look again."
    )
