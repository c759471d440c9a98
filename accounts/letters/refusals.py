"""Refusals about letters to customers."""

from config.kernel.law.refusals import Conflict
from config.kernel.law.text import Text


class LetterNotDue(Conflict):
    """Refuse a letter about something that is not true now (无可告知)."""

    code = "LETTER_NOT_DUE"
    title = Text("没有待出具的信函", "No letter is due")
    zh = "目前没有可以据此出具该信函的事项：限制未生效、已解除或已期满，或者所指的拒绝记录不是该客户的。请查看客户页“信函”中待出具的事项。"
    en = (
        "There is nothing that this letter could tell now: the restriction is not in force, released or over, or the "
        "refusal is not this customer's. See the letters to be issued on the customer's page."
    )


class LetterAlreadyIssued(Conflict):
    """Refuse a second letter with the same content (已出具)."""

    code = "LETTER_ALREADY_ISSUED"
    title = Text("信函已出具", "Letter already issued")
    zh = "该事项已出具信函，内容没有变化，不再另行出具。需要纸质件的，请重印原信函。"
    en = "A letter already tells this, and nothing of it has changed; no other is issued. Reprint that letter if a copy is needed."


class LetterNotInPdf(Conflict):
    """Refuse a PDF when its font cannot show the customer's name (生僻字)."""

    code = "LETTER_NOT_IN_PDF"
    title = Text("信函不能生成PDF", "Letter cannot be made as PDF")
    zh = "客户姓名含有PDF字体没有的生僻字，不能生成PDF文件。请在柜面用打印页打印。"
    en = "The customer's name has a rare character that the PDF's font lacks; no file was made. Use the printed page at the desk."


class LetterNotPrinted(Conflict):
    """Refuse the delivery of a letter that was never printed (尚未打印)."""

    code = "LETTER_NOT_PRINTED"
    title = Text("信函尚未打印", "Letter not printed yet")
    zh = "该信函尚未打印，不能登记送达。请先打印或下载PDF文件。"
    en = "This letter has not been printed, so no delivery can be recorded. Print it or download it first."
