from django.contrib.admin.apps import AdminConfig


class BackOfficeConfig(AdminConfig):
    """Make the back office Django's admin site."""

    default_site = "config.back_office.site.BackOffice"
