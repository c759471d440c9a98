from django.apps import AppConfig
from django.db.models import signals

from config.kernel.law.text import Text


class DeskConfig(AppConfig):
    """The frame of the web desk: sign-in, home, inbox; each app adds its pages."""

    name = "config.frames.desk"
    label = "desk"
    verbose_name = Text("工作台", "Desk")

    def ready(self) -> None:
        from config.frames.desk.evidence import register_evidence
        from config.frames.desk.password_rehash import record_rehash

        register_evidence()
        signals.pre_save.connect(record_rehash, sender="auth.User")
