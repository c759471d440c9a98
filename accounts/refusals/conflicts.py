"""Refusals about the review of identity conflicts."""

from typing import ClassVar

from accounts.vocabulary.conflicts import ConflictEnd
from config.kernel.law.refusals import Conflict


class ConflictReviewed(Conflict):
    """Refuse to end an identity conflict twice."""

    code = "CONFLICT_REVIEWED"
    zh = "该身份冲突已核查办结，结论不能更改；可在1030已办结中查看。"
    en = "This identity conflict is already reviewed, and its finding stands. It is listed among the reviewed ones in 1030."


class ConflictOfYourOwn(Conflict):
    """Refuse that whoever entered it says what it was."""

    code = "CONFLICT_OF_YOUR_OWN"
    zh = "该身份冲突由您录入，须由其他柜员或合规人员核查办结。"
    en = "You entered this yourself; another teller or a compliance officer reviews it."


class ConflictNeedsAct(Conflict):
    """Refuse an end that says that something was done, where that is not in force."""

    code = "CONFLICT_NEEDS_ACT"
    words: ClassVar = {"end": ConflictEnd}
    zh = "结论“{end}”须在该客户的相应申请（更改姓名、合并客户或撤销证件）于冲突发生后提交并复核生效之后办结；现无已生效的申请。"
    en = (
        "The finding “{end}” needs what it speaks of (change of name, merge or withdrawal of the document) to be submitted "
        "for this customer after the conflict and approved. None is in force yet; end the review once it is."
    )
