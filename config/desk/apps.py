from django.apps import AppConfig

from config.kernel.text import Text


class DeskConfig(AppConfig):
    """The web desk's frame: sign-in, home, inbox; each app brings its own pages."""

    name = "config.desk"
    label = "desk"
    verbose_name = Text("工作台", "Desk")

    def ready(self) -> None:
        from config.desk.evidence import register_evidence

        register_evidence()
