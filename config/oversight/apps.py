from django.apps import AppConfig


class OversightConfig(AppConfig):
    """What looks at all apps: home, inbox, audit, approvals, probes, the proof; it has no tables of its own."""

    name = "config.oversight"
    label = "oversight"
    verbose_name = "总览 Oversight"
