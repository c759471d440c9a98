"""What the evidence of appeals holds (证据要素), and what their decisions are called."""

from blacklist.appeals.models import AppealAttachment
from blacklist.appeals.vocabulary import AppealStatus, Rule
from config.kernel.law.text import Text
from config.kernel.trail.decisions import name_kinds, name_rules
from config.kernel.trail.evidence import Fact, columns, register


def register_evidence() -> None:
    """Tell what the names, the decisions and their rules are."""
    name_kinds({"appeal": Text("申诉", "Appeal")})
    name_rules(dict(Rule.choices))
    register(
        {
            **columns(AppealAttachment, appeal_paper="paper"),
            "appeal_status": Fact(Text("申诉状态", "Status of the appeal"), AppealStatus),
        }
    )
