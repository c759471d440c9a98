from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.contrib.admin.apps import SimpleAdminConfig
from django.core.checks import CheckMessage, Tags, register

from config.kernel.law.text import Text


class BackOfficePages(AppConfig):
    """Templates, styles and tables of the back office; listed before Django's admin, which it overrides."""

    name = "config.frames.back_office"
    label = "back_office"

    def ready(self) -> None:
        # Names for the apps of other packages.
        for label, words in {
            "admin": ("后台记录", "Log"),
            "auth": ("用户与组", "People and groups"),
            "axes": ("签到", "Signing in"),
        }.items():
            apps.get_app_config(label).verbose_name = Text(*words)


class BackOfficeConfig(SimpleAdminConfig):
    """Makes the back office Django's admin site; only `config.urls` registers its tables, for web processes."""

    default_site = "config.frames.back_office.site.BackOffice"


@register(Tags.admin)
def tables_are_sound(app_configs: Sequence[AppConfig] | None = None, **_: Any) -> list[CheckMessage]:
    """Run Django's checks of the admin tables after they are registered; Django's own check may run earlier."""
    from django.contrib import admin

    from config.frames.back_office.tables import register_tables

    register_tables()
    return admin.site.check(app_configs)
