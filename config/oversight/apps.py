from django.apps import AppConfig

from config.kernel.law.text import Text


class OversightConfig(AppConfig):
    """Pages and calls across all apps: home, inbox, audit, proposals, probes, proof; its tables are the kernel's."""

    name = "config.oversight"
    label = "oversight"
    verbose_name = Text("总览", "Overview")

    def ready(self) -> None:
        from config.oversight.evidence import register_evidence

        register_evidence()
