from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig

from config.kernel.text import Text


class BackOfficePages(AppConfig):
    """The back office's templates, styles and tables; it stands before Django's own, which it overrides."""

    name = "config.back_office"
    label = "back_office"

    def ready(self) -> None:
        # Apps of others, under the word for what they hold here.
        for label, words in {
            "admin": ("后台记录", "Log"),
            "auth": ("用户与组", "People and groups"),
            "axes": ("签到", "Signing in"),
        }.items():
            apps.get_app_config(label).verbose_name = Text(*words)


class BackOfficeConfig(AdminConfig):
    """Make the back office Django's admin site."""

    default_site = "config.back_office.site.BackOffice"
