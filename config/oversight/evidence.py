"""Evidence of exports (证据要素)."""

from collections.abc import Iterator, Mapping

from accounts.vocabulary import Channel
from config.kernel.approvals.answers import ANSWERS
from config.kernel.law.text import Codes, Text
from config.kernel.models import ApprovalStatus, TrailOutcome
from config.kernel.trail import decisions
from config.kernel.trail.evidence import Fact, decided, register
from transfers.vocabulary import TransferStatus


class ExportedList(Codes):
    """Lists that can be exported (导出清单)."""

    DECISIONS = "decisions", Text("判定记录", "Decisions")
    APPROVALS = "approvals", Text("复核事项", "Approvals")
    EVENTS = "events", Text("转账流水", "Transfer events")
    TRAIL = "trail", Text("审计轨迹", "Audit trail")
    SIGN_INS = "sign_ins", Text("签到记录", "Sign-ins")
    LOOKS = "looks", Text("查看记录", "Records of views")
    TRANSFERS = "transfers", Text("转账", "Transfers")
    PUNCTUALITY = "punctuality", Text("到账及时性", "Punctuality")
    MONTHLY_RETURN = "monthly_return", Text("月度报表", "Monthly return")
    CASE = "case", Text("案件证据包", "Evidence of a case")


class _KindWords(Mapping[str, str]):
    """Words of every kind of decisions and of their two lists; kinds may be named later."""

    def __getitem__(self, code: str) -> str:
        return dict(decisions.KindList.choices).get(code) or decisions.KINDS[code]

    def __iter__(self) -> Iterator[str]:
        return iter([*decisions.KindList.values, *decisions.KINDS])

    def __len__(self) -> int:
        return len(decisions.KindList) + len(decisions.KINDS)


class DecisionKind(Codes):
    """Kinds of decisions about exports."""

    EXPORT = "export", Text("导出证据", "Export of evidence")


class Rule(Codes):
    """Rules of decisions about exports."""

    EXPORT_EVIDENCE = "export_evidence", Text("证据导出登记", "Record of an export")


def register_evidence() -> None:
    """Register the names in this evidence."""
    decisions.name_kinds(dict(DecisionKind.choices), administration=DecisionKind.values)
    decisions.name_rules(dict(Rule.choices))
    register(
        {
            "list": Fact(Text("清单", "List"), ExportedList),
            "whole": Fact(Text("完整信息", "Whole data")),
            "who": Fact(Text("人员", "Person")),
            "trail_outcome": Fact(Text("行为结果", "Outcome of the line"), TrailOutcome),
            "format": Fact(Text("格式", "Format")),
            "from": Fact(Text("起始日", "From")),
            "to": Fact(Text("截止日", "To")),
            "kind": Fact(Text("业务", "Business"), _KindWords()),
            "status": Fact(Text("状态", "Status"), ApprovalStatus),
            "outcome": Fact(Text("结果", "Outcome"), ANSWERS),
            "code": Fact(Text("代码", "Code")),
            "transfer_status": Fact(Text("转账状态", "Transfer status"), TransferStatus),
            "channel": Fact(Text("渠道", "Channel"), Channel),
            "amount_from": Fact(Text("金额不低于（元）", "Amount from (yuan)")),
            "amount_to": Fact(Text("金额不高于（元）", "Amount to (yuan)")),
            "sort": Fact(Text("排序", "Sort by")),
            "about": Fact(Text("客户或对象编号", "Customer or object id")),
        },
        decided(DecisionKind.EXPORT),
    )
