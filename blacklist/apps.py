from itertools import chain

from django.apps import AppConfig

from config.kernel.law.text import Text

#: Wings of the app: each is a folder that imports the core; the core imports none of them.
WINGS = ("imports", "appeals")


class BlacklistConfig(AppConfig):
    """The register of certificates: subjects, authorities and restrictions."""

    name = "blacklist"
    verbose_name = Text("惩戒名单", "Penalty list")

    def ready(self) -> None:
        from blacklist.approval_kinds import KINDS
        from blacklist.evidence import register_evidence
        from blacklist.vocabulary import Rule
        from config.kernel.approvals import register
        from config.kernel.trail.decisions import name_rules
        from config.kernel.wings import of_wings

        register(*KINDS, *chain.from_iterable(of_wings("blacklist", "approval_kinds", "KINDS")))
        name_rules(dict(Rule.choices))
        for each in (register_evidence, *of_wings("blacklist", "evidence", "register_evidence")):
            each()
