"""Django as the documentation of a package sets it up: its apps and a persistent connection."""

import os
from urllib.parse import parse_qs, urlsplit


def set_up(*apps: str, migrate: bool = True) -> None:
    """Configure Django with some apps on the database of `DATABASE_URL`, and migrate it if requested."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    url = urlsplit(os.environ["DATABASE_URL"])
    settings.configure(
        SECRET_KEY="only-for-benchmarks",
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", *apps],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": url.path.lstrip("/"),
                "USER": url.username,
                "HOST": parse_qs(url.query)["host"][0],
                "CONN_MAX_AGE": None,
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        CURRENCIES=("CNY",),
        DEFAULT_CURRENCY="CNY",
    )
    django.setup()
    if migrate:
        call_command("migrate", interactive=False, verbosity=0)
