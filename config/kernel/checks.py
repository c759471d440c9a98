"""System checks: what must not go into production unseen."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Critical, Tags, Warning, register  # noqa: A004 - Django's word
from django.db import connections

from config.kernel import clock, key_marks


@register(Tags.database)
def production_clock_reads_no_table(
    app_configs: Sequence[AppConfig] | None = None,  # noqa: ARG001
    databases: Sequence[str] | None = None,
    **_: Any,
) -> Sequence[CheckMessage]:
    """Refuse a database whose clock is the sandbox's when the sandbox is off."""
    if settings.SANDBOX or not databases or not clock.sandbox_installed():
        return []
    return [
        Critical(
            "The bank's clock of this database is the sandbox's, but SANDBOX is off.",
            hint="Run `manage.py sandbox_clock remove` on a database that never was a sandbox.",
            id="kernel.E001",
        )
    ]


#: The first that ends a transaction whose client stands still (`transaction_timeout`).
OLDEST_SERVER = 17


@register(Tags.database)
def server_ends_what_stands_still(
    app_configs: Sequence[AppConfig] | None = None,  # noqa: ARG001
    databases: Sequence[str] | None = None,
    **_: Any,
) -> Sequence[CheckMessage]:
    """Refuse a server that is too old to end a release whose process stands still."""
    versions = {name: connections[name].get_database_version()[0] for name in databases or ()}
    return [
        Critical(f"PostgreSQL {version} is too old: {OLDEST_SERVER} or later is needed.", id="kernel.E003")
        for version in versions.values()
        if version < OLDEST_SERVER
    ]


@register(Tags.database)
def keys_are_the_databases(
    app_configs: Sequence[AppConfig] | None = None,  # noqa: ARG001
    databases: Sequence[str] | None = None,
    **_: Any,
) -> Sequence[CheckMessage]:
    """Refuse other keys than those the database was written with; warn of one that is missing."""
    if not databases:
        return []
    wrong = [Critical(reason, id="kernel.E002") for reason in key_marks.mismatches()]
    return wrong + [
        Warning(f"Key {key_id} of BANK_FIELD_KEYS is missing: what it sealed does not open here.", id="kernel.W001")
        for key_id in key_marks.missing_keys()
    ]
