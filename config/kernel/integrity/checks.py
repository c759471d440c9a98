"""Django system checks: settings and database states that must not go into production."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Critical, Tags, Warning, register  # noqa: A004 - Django's word
from django.db import connections

from config.kernel.integrity import foundations
from config.kernel.integrity.catalog import guards
from config.kernel.schema.grants import missing_grants
from config.kernel.vault import key_marks


@register(Tags.database)
def database_is_fit(
    app_configs: Sequence[AppConfig] | None = None,  # noqa: ARG001
    databases: Sequence[str] | None = None,
    **_: Any,
) -> Sequence[CheckMessage]:
    """Refuse a sandbox clock without a sandbox, a role with too many or too few rights, a read-only server."""
    if not databases:
        return []
    return list(map(_message, foundations.faults_of_session() + foundations.faults_of_database()))


@register(Tags.security)
def settings_are_fit(
    app_configs: Sequence[AppConfig] | None = None,  # noqa: ARG001
    **_: Any,
) -> Sequence[CheckMessage]:
    """Refuse weak keys and secrets, and a wildcard host."""
    return list(map(_message, foundations.faults_of_settings()))


def _message(fault: foundations.Fault) -> CheckMessage:
    return (Critical if fault.refuses else Warning)(fault.sentence, id=fault.id)


#: The tested major versions of PostgreSQL; older ones have no `transaction_timeout`.
SERVERS = (17, 18)


@register(Tags.database)
def server_is_supported(
    app_configs: Sequence[AppConfig] | None = None,  # noqa: ARG001
    databases: Sequence[str] | None = None,
    **_: Any,
) -> Sequence[CheckMessage]:
    """Refuse a server too old to end a release whose process hangs; warn of an untested version."""
    versions = {connections[name].get_database_version()[0] for name in databases or ()}
    needed = " or ".join(map(str, SERVERS))
    return [
        Critical(f"This server is PostgreSQL {version}, which is too old: {needed} is needed.", id="kernel.E003")
        if version < SERVERS[0]
        else Warning(f"This server is PostgreSQL {version}; the bank is tested on {needed}.", id="kernel.W003")
        for version in sorted(versions)
        if version not in SERVERS
    ]


@register(Tags.database)
def keys_match_database(
    app_configs: Sequence[AppConfig] | None = None,  # noqa: ARG001
    databases: Sequence[str] | None = None,
    **_: Any,
) -> Sequence[CheckMessage]:
    """Refuse keys that differ from those of the database."""
    # Without grants the marks cannot be read; `database_is_fit` reports the missing grants.
    if not databases or missing_grants():
        return []
    return [Critical(reason, id="kernel.E002") for reason in key_marks.mismatches()]


@register(Tags.database)
def guards_match_release(
    app_configs: Sequence[AppConfig] | None = None,  # noqa: ARG001
    databases: Sequence[str] | None = None,
    **_: Any,
) -> Sequence[CheckMessage]:
    """Warn of triggers, functions, constraints and grants that differ from this release."""
    # The owner creates the guards next; without grants the applied migrations cannot be read.
    if not databases or foundations.owner_is_at_work() or missing_grants():
        return []
    return list(map(_message, guards.faults()))
