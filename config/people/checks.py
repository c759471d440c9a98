"""System checks of persons and principals, run by `check --database`."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004 - Django's word
from django.db import connection

from config.kernel.models import Founding
from config.kernel.schema.grants import missing_grants
from config.people import queries


@register(Tags.database)
def people_are_set_up(
    app_configs: Sequence[AppConfig] | None = None,  # noqa: ARG001
    databases: Sequence[str] | None = None,
    **_: Any,
) -> Sequence[CheckMessage]:
    """Warn of superusers with a business role, and of fewer than two administrators."""
    # `migrate` runs this too, before the tables exist; a role without its grants is refused by `kernel.E013`.
    if not databases or Founding._meta.db_table not in connection.introspection.table_names() or missing_grants():
        return []
    warnings: list[CheckMessage] = []
    if both := [each.name for each in queries.superusers_with_business_role()]:
        warnings.append(
            Warning(
                f"Superusers with a role in the bank's business, who may do neither until one is ended: {', '.join(both)}.",
                hint="Two administrators switch the principal off, or propose that the person is no administrator.",
                id="people.W001",
            )
        )
    if queries.administrators().count() < settings.LEAST_ADMINISTRATORS:
        warnings.append(
            Warning(
                "Fewer than two active administrators: nothing of administration can be approved.",
                hint="Run `manage.py first_administrators NAME1 STAFF1 NAME2 STAFF2` as the owner of the tables.",
                id="people.W002",
            )
        )
    return warnings
