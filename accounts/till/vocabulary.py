"""Vocabulary of counter cash (柜面现金)."""

from config.kernel.law.text import Codes, Text


class MovementKind(Codes):
    """Kind of movement of a cash box (尾箱收付种类); entries of the ledger have the same codes."""

    DEPOSIT = "deposit", Text("现金存入", "Cash deposit")
    WITHDRAWAL = "withdrawal", Text("现金支取", "Cash withdrawal")
    REVERSAL = "reversal", Text("抹账", "Reversal")


class BoxObstacle(Codes):
    """Why a box does not let cash through, or may not be opened (尾箱状态不符的原因)."""

    NOT_OPEN = "box_not_open", Text("未领箱", "No box is open")
    OPEN_ALREADY = "box_open_already", Text("已领箱", "A box is open already")
    OF_ANOTHER_DAY = "box_of_another_day", Text("前一营业日的尾箱未轧账", "Box of an earlier day is not closed")
    SHORT = "box_short", Text("尾箱现金不足", "Not enough cash in the box")


class ReversalObstacle(Codes):
    """Why a movement of cash cannot be taken back (不能抹账的原因)."""

    NOT_TODAY = "reversal_not_today", Text("非当日业务", "Not of this day")
    DONE = "reversal_done", Text("已抹账", "Reversed already")
    OF_A_REVERSAL = "reversal_of_a_reversal", Text("本身是抹账", "Is a reversal itself")
    BOX_CLOSED = "reversal_box_closed", Text("尾箱已轧账", "Box is closed")
