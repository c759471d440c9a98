from django.apps import AppConfig

from config.kernel.text import Text


class TransfersConfig(AppConfig):
    """Transfers: accepted, held, released once."""

    name = "transfers"
    verbose_name = Text("转账", "Transfers")

    def ready(self) -> None:
        from config.kernel.approvals import register
        from config.kernel.decisions import name_kinds, name_rules
        from transfers.approval_kinds import KINDS
        from transfers.evidence import register_evidence
        from transfers.vocabulary import DecisionKind, Rule, RuleCode

        register(*KINDS)
        name_kinds(dict(DecisionKind.choices))
        name_rules({**dict(Rule.choices), **dict(RuleCode.choices)})
        register_evidence()
