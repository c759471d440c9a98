"""Persons, principals and groups as proposals of administration show them, and the available views of tables."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.admin import site
from django.contrib.auth.models import Group, Permission, User
from django.db.models import QuerySet
from django.utils.text import capfirst

from config.kernel.law.dates import rfc3339
from config.kernel.models import (
    Administration,
    AdministrationKind,
    Approval,
    ApprovalStatus,
    Decision,
    Outcome,
    Person,
    Principal,
    Role,
)
from config.people.vocabulary import DecisionKind


def administrators() -> QuerySet[Principal]:
    """Return the active administrators, whose user is active too."""
    return Principal.objects.filter(role=Role.ADMINISTRATOR, active=True, person__user__is_active=True)


def superusers_with_business_role() -> QuerySet[Principal]:
    """Return the business principals whose person is a superuser; they may not act until both are separated."""
    acting = Principal.objects.filter(active=True, person__user__is_superuser=True)
    return acting.exclude(role=Role.ADMINISTRATOR).order_by("name")


def active_principal(person_id: UUID) -> Principal | None:
    """Return the active principal of a person; None without one."""
    return Principal.objects.filter(person_id=person_id, active=True).first()


def free_name(username: str) -> str:
    """Return a free name for an administrator's principal: the user name, or a variant if it is taken."""
    taken = Principal.objects.filter(name=username[:64]).exists()
    return f"{username[:58]}-admin" if taken else username[:64]


def belongs_to_another(staff_number: str, person: Person | None) -> bool:
    """Return whether a staff number belongs to another person."""
    found = Person.objects.filter(staff_number=staff_number).first()
    return found is not None and found != person


def view_permissions(codes: Iterable[str]) -> list[Permission]:
    """Return the permissions to view tables, by their codes (`app.view_table`); unknown codes are left out."""
    found = Permission.objects.filter(codename__startswith="view_").select_related("content_type")
    wanted = set(codes)
    return [each for each in found if f"{each.content_type.app_label}.{each.codename}" in wanted]


def view_codes(of: User | Group) -> list[str]:
    """Return the codes of the tables that a user or a group may view, sorted."""
    held = of.user_permissions if isinstance(of, User) else of.permissions
    rows = held.select_related("content_type").order_by("content_type__app_label", "codename")
    return [f"{each.content_type.app_label}.{each.codename}" for each in rows if each.codename.startswith("view_")]


def known_views() -> list[str]:
    """Return the codes of all tables that may be viewed in the back office."""
    return sorted(f"{each._meta.app_label}.view_{each._meta.model_name}" for each in apps.get_models())


def user_snapshot(person: Person | None, *, with_role: bool = False) -> dict[str, Any]:
    """Return a person and its user in the form of a proposal.

    :param with_role: whether the proposal gives the person a role, too.
    """
    if person is None:
        return {}
    acting = active_principal(person.pk) if with_role else None
    role = {"role": acting and acting.role, "name": acting and acting.name} if with_role else {}
    user = person.user
    if user is None:
        return {"staff_number": person.staff_number, **role}
    return {
        **role,
        "username": user.username,
        "staff_number": person.staff_number,
        "active": user.is_active,
        "is_staff": user.is_staff,
        "views": view_codes(user),
        "groups": sorted(user.groups.values_list("name", flat=True)),
    }


def principal_snapshot(principal: Principal | None) -> dict[str, Any]:
    """Return a principal in the form of a proposal."""
    if principal is None:
        return {}
    return {
        "name": principal.name,
        "role": principal.role,
        "active": principal.active,
        **person_snapshot(principal.person),
    }


def group_snapshot(name: str) -> dict[str, Any]:
    """Return a group of views in the form of a proposal; empty for a new one."""
    group = Group.objects.filter(name=name).first()
    return {"name": name, "views": view_codes(group)} if group else {}


def keys_snapshot(principal: Principal) -> dict[str, Any]:
    """Return a principal and its number of valid keys, in the form of a proposal."""
    return {**principal_snapshot(principal), "keys": principal.keys.filter(revoked_at=None).count()}


def person_snapshot(person: Person | None) -> dict[str, Any]:
    """Return a person in the form of a proposal: staff number and username; empty for none."""
    if person is None:
        return {}
    return {"staff_number": person.staff_number} | ({"username": person.user.username} if person.user else {})


def proposer_and_approver(row: Administration) -> tuple[UUID, ...]:
    """Return the principals who proposed and who approved an act in force, in this order."""
    made = Approval.objects.filter(object_id=row.pk, kind=row.kind, status=ApprovalStatus.APPROVED)
    return next(iter(made.values_list("made_by_id", "decided_by_id")), ())


def collected_half(row: Administration, principal_id: UUID) -> bool:
    """Return whether a principal has collected a half of an act's code."""
    shown = Decision.objects.filter(object_id=row.pk, kind=DecisionKind.ISSUE_ENROLMENT_CODE, outcome=Outcome.ALLOWED)
    return shown.filter(principal_id=principal_id).exists()


def keys_to_collect(principal_id: UUID, at: datetime) -> QuerySet[Administration]:
    """Return the approved keys of a principal that wait for collection, the oldest first."""
    waiting = Administration.objects.filter(kind=AdministrationKind.API_KEY, status=Administration.IN_FORCE)
    mine = waiting.filter(principal_id=principal_id, key=None, usable_until__gt=at)
    return mine.select_related("principal").order_by("usable_until", "pk")


def act_summary(row: Administration) -> dict[str, Any]:
    """Return the description of an act in a decision about it."""
    return {
        "administration_id": str(row.pk),
        "administration_kind": row.kind,
        "usable_until": rfc3339(row.usable_until),
    }


class TableWords(Mapping[str, str]):
    """Names of the codes of views (`app.view_table`): the name of the table's back office page, and its app."""

    def __getitem__(self, code: str) -> str:
        label, _, table = code.partition(".view_")
        try:
            model = apps.get_model(label, table)
        except LookupError as error:
            raise KeyError(code) from error
        page = site._registry.get(model)
        named = page.opts if page else model._meta
        return f"{apps.get_app_config(label).verbose_name} · {capfirst(str(named.verbose_name_plural))}"

    def __iter__(self) -> Iterator[str]:
        """Yield the codes of all tables with a page."""
        codes = (f"{model._meta.app_label}.view_{model._meta.model_name}" for model in site._registry)
        return iter(sorted(codes))

    def __len__(self) -> int:
        return len(site._registry)
