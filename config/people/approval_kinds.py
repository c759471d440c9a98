"""Kinds of approval in administration, registered with the kernel when Django starts."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q

from config.kernel.approvals import Kind, Record
from config.kernel.models import Administration, AdministrationKind, Role
from config.kernel.trail.decisions import Deciding
from config.people import effects, queries
from config.people.vocabulary import DecisionKind, Rule

#: The back office page that shows the object of a proposal.
_RECORD = Record("admin:kernel_administration_change")


def _kind(
    name: AdministrationKind,
    act: Callable[[Administration, datetime, Deciding], None],
    snapshot: Callable[[Administration], dict[str, Any]],
    *summary_fields: str,
) -> Kind[Administration]:
    def approve(row: Administration, at: datetime, decision: Deciding) -> Mapping[str, Any] | None:
        decision.facts |= {**queries.act_summary(row), **row.content}
        act(row, at, decision)
        return None

    return Kind(
        model=Administration,
        name=name.value,
        text=name.text,
        role=Role.ADMINISTRATOR,
        related=("person__user", "principal__person__user"),
        condition=Q(kind=name),
        record=_RECORD,
        summary_fields=summary_fields,
        in_force=f"status = 'active' AND kind = '{name.value}'",
        rule=Rule.TWO_ADMINISTRATORS,
        snapshot=lambda row, _: snapshot(row),
        approve=approve,
        submission_kind=DecisionKind.ASK_ADMINISTRATION.value,
    )


def _administrator(row: Administration) -> dict[str, Any]:
    if row.content.get("active"):
        return queries.principal_snapshot(row.principal)
    active = row.principal if row.principal is not None and row.principal.active else None
    return queries.principal_snapshot(active) or queries.person_snapshot(row.person)


KINDS = (
    _kind(
        AdministrationKind.USER,
        effects.put_user,
        lambda row: queries.user_snapshot(row.person, with_role="role" in row.content),
        "name",
        "role",
        "username",
        "staff_number",
    ),
    _kind(AdministrationKind.GROUP, effects.put_group, lambda row: queries.group_snapshot(row.content["name"]), "name"),
    _kind(
        AdministrationKind.PRINCIPAL,
        effects.put_principal,
        lambda row: queries.principal_snapshot(row.principal),
        "name",
        "role",
        "staff_number",
    ),
    _kind(AdministrationKind.ADMINISTRATOR, effects.put_administrator, _administrator, "name", "staff_number"),
    _kind(
        AdministrationKind.API_KEY,
        effects.put_key,
        lambda row: queries.keys_snapshot(row.principal) if row.principal else {},
        "name",
        "role",
    ),
    _kind(
        AdministrationKind.ENROLMENT,
        effects.put_enrolment,
        lambda row: queries.person_snapshot(row.person),
        "username",
        "staff_number",
    ),
)
