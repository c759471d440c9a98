from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The web desk's frame: sign-in, home, inbox; each app brings its own pages."""

    name = "config.desk"
    label = "desk"
    verbose_name = "工作台 Desk"
