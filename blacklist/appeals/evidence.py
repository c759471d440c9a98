"""Names of the facts in the evidence of appeals (证据要素) and of the decisions about appeals."""

from blacklist.appeals.models import AppealAttachment
from blacklist.appeals.vocabulary import AppealStatus, Rule
from config.kernel.law.refusals import name_subjects
from config.kernel.law.text import Text
from config.kernel.trail.decisions import name_kinds, name_rules
from config.kernel.trail.evidence import Fact, columns, register


def register_evidence() -> None:
    """Register the names of facts, decisions and rules of appeals with the kernel."""
    name_subjects({"blacklist.appeals.refusals": Text("申诉", "Appeals")})
    name_kinds({"appeal": Text("申诉", "Appeal")})
    name_rules(dict(Rule.choices))
    register(
        {
            **columns(AppealAttachment, appeal_paper="paper"),
            "appeal_status": Fact(Text("申诉状态", "Status of the appeal"), AppealStatus),
        }
    )
