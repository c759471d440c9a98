"""Codes of appeals (申诉): statuses, kinds of scans, rules."""

from config.kernel.law.text import Codes, Text


class AppealStatus(Codes):
    """Status of an appeal (申诉): received -> forwarded -> upheld | dismissed | withdrawn, or answered at once."""

    RECEIVED = "received", Text("已收到", "Received")
    FORWARDED = "forwarded", Text("已转交认定机关", "Passed on to the authority")
    UPHELD = "upheld", Text("申诉成立", "Upheld")
    DISMISSED = "dismissed", Text("申诉不成立", "Dismissed")
    WITHDRAWN = "withdrawn", Text("已撤回", "Withdrawn")


class AppealPaper(Codes):
    """What a scan of an appeal shows (申诉附件): the submission or the answer."""

    SUBMITTED = "submitted", Text("申诉材料", "What was submitted")
    ANSWER = "answer", Text("答复文书", "The answer")


class Rule(Codes):
    """Rules that decisions about appeals name."""

    RECORD_APPEAL = "record_appeal", Text("登记申诉", "An appeal recorded")
    MOVE_APPEAL = "move_appeal", Text("申诉的转交与答复", "An appeal passed on or answered")
    ATTACH_APPEAL = "attach_appeal", Text("登记申诉附件", "A scan kept with an appeal")
