from django.apps import AppConfig

from config.kernel.law.text import Text

#: What the bank does around the register: each a folder that imports the core, which imports none of them.
WINGS = ("imports", "appeals")


class BlacklistConfig(AppConfig):
    """Who is certified, by whom, and what that restricts."""

    name = "blacklist"
    verbose_name = Text("惩戒名单", "Blacklist")

    def ready(self) -> None:
        from blacklist.approval_kinds import KINDS
        from blacklist.evidence import register_evidence
        from blacklist.imports.vocabulary import ListDecision
        from blacklist.vocabulary import Rule
        from config.kernel.approvals import register
        from config.kernel.trail.decisions import name_kinds, name_rules

        register(*KINDS)
        name_kinds(dict(ListDecision.choices))
        name_rules(dict(Rule.choices))
        name_kinds({"appeal": Text("申诉", "Appeal")})
        register_evidence()
