from django.apps import AppConfig

from config.kernel.law.text import Text


class OversightConfig(AppConfig):
    """What looks at all apps: home, inbox, audit, approvals, probes, the proof; what it keeps stands in the kernel's tables."""

    name = "config.oversight"
    label = "oversight"
    verbose_name = Text("总览", "Overview")

    def ready(self) -> None:
        from config.oversight.evidence import register_evidence

        register_evidence()
