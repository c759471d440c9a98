from django.apps import AppConfig

from config.kernel.law.text import Text


class PeopleConfig(AppConfig):
    """Administration by two administrators: persons, principals, users, API keys."""

    name = "config.people"
    label = "people"
    verbose_name = Text("人员管理", "People")

    def ready(self) -> None:
        from config.kernel.approvals import register
        from config.kernel.trail.decisions import name_kinds, name_rules
        from config.people import checks  # noqa: F401 - registers the system checks
        from config.people.approval_kinds import KINDS
        from config.people.evidence import register_evidence
        from config.people.vocabulary import DecisionKind, Rule

        register(*KINDS)
        name_kinds(dict(DecisionKind.choices), administration=DecisionKind.values)
        name_rules(dict(Rule.choices))
        register_evidence()
