"""Results of identity conflicts (身份冲突的核查结论)."""

from config.kernel.law.text import Codes, Text


class ConflictEnd(Codes):
    """Why a customer's document number was entered under another name."""

    ENTRY_ERROR = "entry_error", Text("录入错误，登记无误", "Typing error; what is registered is right")
    OTHER_PERSON = "other_person", Text("两人，证件号码录错", "Two persons; the number was entered wrongly")
    MISUSE = "misuse", Text("冒用或借用他人证件", "Somebody else's document was used")
    RENAMED = "renamed", Text("客户更名，已更改姓名", "The customer's name has changed and is changed here")
    SAME_PERSON = "same_person", Text("同一人，已合并客户", "One person; the customers are merged")
    DOCUMENT_WITHDRAWN = (
        "document_withdrawn",
        Text("登记的证件有误，已撤销证件", "The registered document was wrong; it is withdrawn"),
    )

    @property
    def rests_on_act(self) -> bool:
        """Return whether an approved act of another person corrects it."""
        return self in {ConflictEnd.RENAMED, ConflictEnd.SAME_PERSON, ConflictEnd.DOCUMENT_WITHDRAWN}
