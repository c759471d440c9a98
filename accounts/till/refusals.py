"""Refusals of counter cash: the state of a box, and reversals."""

from typing import ClassVar

from accounts.till.vocabulary import BoxObstacle, ReversalObstacle
from config.kernel.law.refusals import Conflict, Ruled
from config.kernel.law.text import Text


class CashBoxState(Conflict):
    """Refuse cash that the state of a teller's box does not allow (尾箱状态不符)."""

    code = "CASH_BOX_STATE"
    title = Text("尾箱状态不符", "State of the cash box does not allow this")
    zh = "柜员尾箱目前不能办理此项业务，未记账。请查看尾箱状态。"
    en = "The teller's cash box does not allow this; nothing was posted. Look at the state of the box."
    causes: ClassVar = {
        BoxObstacle.NOT_OPEN: (
            "柜员今日尚未领箱，或尾箱已轧账，不能办理现金业务，未记账。请先领箱；非现金业务照常办理。",
            (
                "The teller has no open cash box today, or has closed it, so no cash moves; nothing was posted. Open a "
                "box first; business without cash goes on as usual."
            ),
        ),
        BoxObstacle.OPEN_ALREADY: (
            "柜员已有未轧账的尾箱，不能再领。请继续使用该尾箱，或先轧账。",
            "The teller has a cash box open already, so no other is opened. Go on with it, or close it first.",
        ),
        BoxObstacle.OF_ANOTHER_DAY: (
            "柜员前一营业日的尾箱尚未轧账，不能办理当日现金业务，未记账。请先轧账并经复核，再领箱；非现金业务照常办理。",
            (
                "The teller's box of an earlier day is not closed, so no cash moves today; nothing was posted. Count it "
                "and have the count approved, then open a box; business without cash goes on as usual."
            ),
        ),
        BoxObstacle.SHORT: (
            "尾箱现金只有 {in_box} 元，不够付出本笔金额，未记账。请减少金额，或轧账后领入足额现金再办理。",
            (
                "The box holds only {in_box} yuan, less than this amount; nothing was posted. Pay out less, or close the "
                "box and open one with enough cash."
            ),
        ),
    }


class DocumentScanMissing(Ruled):
    """Refuse to approve large cash without a scan of the document that was shown (大额现金须留存证件影像)."""

    code = "DOCUMENT_SCAN_MISSING"
    title = Text("缺少证件影像", "Scan of the document is missing")
    zh = "按本行规则，大额现金业务须留存客户证件影像，本笔尚未上传，未记账。请由柜员或复核人在复核事项中上传后再复核；其他业务照常办理。"
    en = (
        "By a house rule large cash is posted only with a scan of the customer's document, and none is attached; nothing was "
        "posted. The teller or the checker attaches it to the proposal, then approve it; other business goes on as usual."
    )


class CashNotReversible(Conflict):
    """Refuse to reverse a movement of cash that cannot be reversed (不能抹账)."""

    code = "CASH_NOT_REVERSIBLE"
    title = Text("现金业务不能抹账", "Cash transaction cannot be reversed")
    zh = "该笔现金业务不能抹账，账务未变。可由客户另行办理存款或取款。"
    en = "This cash transaction cannot be reversed; nothing has changed. The customer can pay in or withdraw instead."
    causes: ClassVar = {
        ReversalObstacle.NOT_TODAY: (
            "抹账仅限当日（至24时）的现金业务，该笔不是当日办理的，账务未变。可由客户另行办理存款或取款。",
            (
                "Only cash of the same day, until 24:00, can be reversed; this is of an earlier day and nothing has "
                "changed. The customer can pay in or withdraw instead."
            ),
        ),
        ReversalObstacle.DONE: (
            "该笔现金业务已经抹账，每笔只能抹账一次，账务未变。仍须更正的，请另行办理存款或取款。",
            (
                "This transaction has been reversed already, and each is reversed once; nothing has changed. If something "
                "is still wrong, pay in or withdraw."
            ),
        ),
        ReversalObstacle.OF_A_REVERSAL: (
            "抹账本身不能再抹账，账务未变。误抹账的，请重新办理该笔存款或取款。",
            "A reversal cannot be reversed; nothing has changed. If it was a mistake, make the deposit or withdrawal again.",
        ),
        ReversalObstacle.BOX_CLOSED: (
            "该笔业务所在的尾箱已轧账，不能抹账，账务未变。可由客户另行办理存款或取款。",
            "The box of this transaction is closed, so it cannot be reversed; nothing has changed. The customer can pay in or withdraw instead.",
        ),
    }
