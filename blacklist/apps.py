from django.apps import AppConfig

from config.kernel.text import Text


class BlacklistConfig(AppConfig):
    """Who is certified, by whom, and what that restricts."""

    name = "blacklist"
    verbose_name = Text("惩戒名单", "Blacklist")

    def ready(self) -> None:
        from blacklist.approval_kinds import KINDS
        from config.kernel.approvals import register

        register(*KINDS)
