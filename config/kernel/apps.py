from django.apps import AppConfig

from config.kernel.law.text import Text


class KernelConfig(AppConfig):
    """The kernel app: the lowest layer; every other package uses it, and it uses none of them."""

    name = "config.kernel"
    label = "kernel"
    verbose_name = Text("基础", "Base")

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from config.kernel.approvals.registry import DecisionKind as ApprovalDecisionKind
        from config.kernel.approvals.registry import Rule
        from config.kernel.integrity import checks  # noqa: F401 - registers the system checks
        from config.kernel.law.refusals import name_subjects
        from config.kernel.models import Outcome
        from config.kernel.proof.proofs import DecisionKind as ProofDecisionKind
        from config.kernel.proof.proofs import Rule as ProofRule
        from config.kernel.requests.special_measures import PartInAct
        from config.kernel.schema import months
        from config.kernel.trail.decisions import KINDS, name_kinds, name_outcomes, name_rules
        from config.kernel.trail.evidence import Fact, decided, register
        from config.kernel.trail.scans import SCAN_FACTS
        from config.kernel.trail.special_measures import DecisionKind as SpecialDecisionKind
        from config.kernel.trail.unmasking import DecisionKind, LookReason
        from config.kernel.trail.unmasking import Rule as LookRule
        from config.kernel.vault.key_marks import mark_after_migrate

        own = {**dict(DecisionKind.choices), **dict(ApprovalDecisionKind.choices), **dict(ProofDecisionKind.choices)}
        name_kinds(own, administration=own)
        name_kinds(dict(SpecialDecisionKind.choices))
        name_subjects(
            {
                "config.kernel.approvals.refusals": Text("复核", "Approvals"),
                "config.kernel.trail.special_measures": Text("特别预防措施", "Special measures"),
            }
        )
        name_rules({**dict(Rule.choices), **dict(LookRule.choices), **dict(ProofRule.choices)})

        # No rule was applied: the note was only kept.
        name_outcomes({(ApprovalDecisionKind.NOTE, Outcome.ALLOWED): Text("已保存", "Kept")})
        register(
            {
                "approval_id": Fact(Text("复核编号", "Approval id")),
                "list_digest": Fact(Text("合并复核清单摘要", "Digest of the list decided together")),
                "list_count": Fact(Text("合并复核项数", "Items decided together")),
                "desk_of": Fact(Text("现场授权于该柜员的终端", "Authorized at the desk of")),
                "desk_sign_in": Fact(Text("该终端的签到编号", "Sign-in at that desk")),
                "desk_address": Fact(Text("该终端的网络地址", "Network address of that desk")),
                "lapses_at": Fact(Text("领取至", "Claimed until")),
                "now": Fact(Text("当前时间", "Current status")),
                "reason": Fact(Text("理由", "Reason")),
                **SCAN_FACTS,
                "special_measures_asked_at": Fact(Text("特别预防措施核查时间", "Checked for special measures at")),
                "special_measures_reference": Fact(Text("核查流水号", "Reference of the check")),
                "special_measures_hit": Fact(Text("核查命中", "Found by the check")),
            }
        )
        register(
            {
                "act": Fact(Text("拟办业务", "Act asked about"), KINDS),
                "parts": Fact(Text("命中人在业务中的身份", "PartInAct of the person found"), PartInAct),
            },
            decided(SpecialDecisionKind.SPECIAL_MEASURES),
        )
        register({"reason": Fact(Text("理由", "Reason"), LookReason)}, decided(DecisionKind.UNMASK))
        register(
            {
                "asked": Fact(Text("核对项数", "Invariants asked")),
                "broken": Fact(Text("不符项数", "Invariants broken")),
                "run_digest": Fact(Text("核对结果摘要", "Digest of the run")),
                "counted_runs": Fact(Text("截至时间及核对次数", "Until when, and runs")),
                "counted_decisions": Fact(
                    Text("截至时间、判定记录数及内容和", "Until when, decisions, and sum over their content")
                ),
                "counted_trail": Fact(
                    Text("截至时间及审计轨迹行数（120天）", "Until when, lines of the trail (120 days)")
                ),
                "counted_sign_ins": Fact(
                    Text("截至时间及会话、签到、签到失败数", "Until when, sessions, sign-ins, failed sign-ins")
                ),
                "counted_office": Fact(Text("截至时间及后台操作数", "Until when, acts in the back office")),
            },
            decided(ProofDecisionKind.PROVE),
        )
        register({"number": Fact(Text("序号", "Number"))}, decided(ApprovalDecisionKind.NOTE))
        post_migrate.connect(mark_after_migrate, sender=self, dispatch_uid="key-marks")
        post_migrate.connect(months.make_after_migrate, sender=self, dispatch_uid="months")
