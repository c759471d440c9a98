"""Vocabulary of loss reports (挂失)."""

from config.kernel.law.text import Codes, Text


class LossKind(Codes):
    """Kind of loss report (挂失种类): by word for some days, or formal until the card is reinstated."""

    BY_WORD = "by_word", Text("口头挂失", "Loss reported by word")
    FORMAL = "formal", Text("正式挂失", "Loss reported formally")


class ApplicantIdentification(Codes):
    """How an applicant for a card act was identified (申请人核实方式)."""

    IN_PERSON = "in_person", Text("持卡人本人到柜面，已核对有效身份证件", "The holder in person, with a valid document")
    BY_AGENT = (
        "by_agent",
        Text("代理人到柜面，已核对双方有效身份证件", "An agent at the counter, with valid documents of both"),
    )
    WITHOUT_DOCUMENT = (
        "without_document",
        Text(
            "持卡人本人到柜面未带证件，已核对留存信息", "The holder in person without a document, by what is on record"
        ),
    )
    BY_PHONE = "by_phone", Text("电话申请，已核对留存信息", "By telephone, by what is on record")

    @property
    def loss_kind(self) -> LossKind:
        """Return the kind of loss report it allows: without a document only by word."""
        formal = self in {ApplicantIdentification.IN_PERSON, ApplicantIdentification.BY_AGENT}
        return LossKind.FORMAL if formal else LossKind.BY_WORD


#: The ways to identify an applicant for each kind of report, as the database checks them.
BY_WORD = tuple(each for each in ApplicantIdentification if each.loss_kind is LossKind.BY_WORD)
FORMAL = tuple(each for each in ApplicantIdentification if each.loss_kind is LossKind.FORMAL)
