from django.apps import AppConfig

from config.kernel.words import say


class BlacklistConfig(AppConfig):
    """Who is certified, by whom, and what that restricts."""

    name = "blacklist"
    verbose_name = say("惩戒名单", "Blacklist")

    def ready(self) -> None:
        from blacklist.operations import approvals

        approvals.register()
