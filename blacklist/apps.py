from django.apps import AppConfig


class BlacklistConfig(AppConfig):
    """Who is certified, by whom, and what that restricts."""

    name = "blacklist"
    verbose_name = "惩戒名单 Blacklist"

    def ready(self) -> None:
        from blacklist.operations import approvals

        approvals.register()
