"""Refusals of operations on appeals."""

from typing import ClassVar

from blacklist.appeals.vocabulary import AppealStatus
from config.kernel.law.refusals import Conflict
from config.kernel.law.text import Text


class AppealStateRefused(Conflict):
    """Refuse to change an appeal that is answered, or to forward it twice (申诉状态不符)."""

    code = "APPEAL_STATE"
    title = Text("申诉状态不符", "Status of the appeal does not allow this")
    words: ClassVar = {"status": AppealStatus}
    zh = "该申诉当前状态为“{status}”，不能作此处理，原记录不变。申诉人仍有异议的，可另行登记申诉。"
    en = (
        "The status of this appeal is “{status}”; this cannot be done, and nothing was changed. A further appeal can be "
        "recorded."
    )
