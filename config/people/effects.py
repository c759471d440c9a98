"""Effects of approved administrative acts, in the transaction of the approval (复核生效)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import Group, User

from config.frames.desk.second_factors import revoke_second_factors
from config.frames.desk.sessions import end_all
from config.kernel import approvals
from config.kernel.access.keys import revoke_keys
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.models import Administration, Approval, Enrolment, Person, Principal, Role
from config.kernel.trail.decisions import Deciding
from config.people import queries, refusals
from config.people.proposal_inputs import locked_person


@transaction_required
def put_user(row: Administration, at: datetime, _decision: Deciding) -> None:
    """Create a person's user, or change it as proposed, with a role where the act names one.

    A new user waits for its person to enrol. The principal of another role is switched off, its keys and sessions end.

    :raises ApprovalStale: when the person was changed meanwhile.
    :raises StaffNumberTaken: when the number now belongs to another person.
    :raises NameTaken: when the name now belongs to another user or principal.
    :raises TooFewAdministrators: when fewer than two would be left.
    """
    content, person, role = row.content, row.person, row.content.get("role")
    if person is not None:
        person = _unchanged_person(row, person.pk)
    if queries.belongs_to_another(content["staff_number"], person):
        raise refusals.StaffNumberTaken
    user = person.user if person else None
    is_new = user is None
    acting = queries.active_principal(person.pk) if person and role else None
    given = _principal_named(row, person) if role else None
    if user is None:
        if User.objects.filter(username=content["username"]).exists():
            raise refusals.NameTaken
        user = User(username=content["username"])
        user.set_unusable_password()
    elif user.is_superuser and (not content["active"] or (role and role != Role.ADMINISTRATOR)):
        leave_two(user)
    if acting is not None and acting != given:
        switch_off(acting)
        end_all(user.pk)
    if role:
        user.is_superuser = role == Role.ADMINISTRATOR
    user.is_active, user.is_staff = content["active"], content["is_staff"] or user.is_superuser
    user.save()
    user.user_permissions.set(queries.view_permissions(content["views"]))
    user.groups.set(Group.objects.filter(name__in=content["groups"]))
    person = _person_with(person, content["staff_number"], user)
    if role:
        given = _put_principal(given, content, person)
    approvals.put_in_force(
        row, at, person=person, principal=given, usable_until=_collected_until(at) if is_new else None
    )


def _person_with(person: Person | None, staff_number: str, user: User) -> Person:
    if person is None:
        person = Person(id=new_id(), staff_number=staff_number, user=user)
        person.save(force_insert=True)
    elif (person.staff_number, person.user_id) != (staff_number, user.pk):
        Person.objects.filter(pk=person.pk).update(staff_number=staff_number, user=user)
    return person


def _put_principal(found: Principal | None, content: Mapping[str, Any], person: Person) -> Principal:
    if found is None:
        found = Principal(id=new_id(), name=content["name"], role=content["role"], person=person)
        found.save(force_insert=True)
    elif not found.active:
        Principal.objects.filter(pk=found.pk).update(active=True)
    return found


def _unchanged_person(row: Administration, person_id: UUID) -> Person:
    """Lock a person and return it as the proposal describes it.

    The checker's page was compared without this lock: a simultaneous act about the same person waits here.

    :raises ApprovalStale: when it is no longer so.
    """
    person = locked_person(person_id)
    before = Approval.objects.values_list("before", flat=True).get(kind=row.kind, object_id=row.pk)
    if queries.user_snapshot(person, with_role="role" in row.content) != before:
        raise approvals.ApprovalStale
    return person


def _principal_named(row: Administration, person: Person | None) -> Principal | None:
    """Return the person's principal that the act names; None for a new one.

    :raises NameTaken: when the name belongs to another principal.
    """
    found = Principal.objects.filter(name=row.content["name"]).first()
    if found is not None and (person is None or (found.person_id, found.role) != (person.pk, row.content["role"])):
        raise refusals.NameTaken
    return found


@transaction_required
def put_group(row: Administration, at: datetime, _decision: Deciding) -> None:
    """Create or change a group of views as proposed."""
    group, _ = Group.objects.get_or_create(name=row.content["name"])
    group.permissions.set(queries.view_permissions(row.content["views"]))
    approvals.put_in_force(row, at)


@transaction_required
def put_principal(row: Administration, at: datetime, _decision: Deciding) -> None:
    """Create a principal, or switch it on again.

    :raises NameTaken: when the name now belongs to another principal.
    :raises PersonActs: when the person now has another role.
    """
    approvals.put_in_force(row, at, principal=_switched_on(row))


@transaction_required
def put_administrator(row: Administration, at: datetime, _decision: Deciding) -> None:
    """Make a person an administrator, whose user is a superuser; or end this.

    :raises NoUser: when the person no longer has a user.
    :raises PersonActs: when the person now has a role in the bank's business.
    :raises TooFewAdministrators: when fewer than two would be left.
    """
    user = row.person.user if row.person else None
    if user is None or (row.content["active"] and not user.is_active):
        raise refusals.NoUser
    if row.content["active"]:
        approvals.put_in_force(row, at, principal=_switched_on(row))
        User.objects.filter(pk=user.pk).update(is_superuser=True, is_staff=True)
        return
    if row.principal is not None and row.principal.active:
        leave_two(user)
    unmake_administrator(user)
    approvals.put_in_force(row, at)


@transaction_required
def put_key(row: Administration, at: datetime, _decision: Deciding) -> None:
    """Allow the key to be collected once.

    :raises NotActive: when the principal is switched off now.
    """
    if row.principal is None or not row.principal.active:
        raise refusals.NotActive
    approvals.put_in_force(row, at, usable_until=_collected_until(at))


@transaction_required
def put_enrolment(row: Administration, at: datetime, _decision: Deciding) -> None:
    """End password and second factor at once, and allow a code for new ones to be collected.

    :raises NoUser: when the person no longer has a user.
    """
    user = row.person.user if row.person else None
    if row.person is None or user is None or not user.is_active:
        raise refusals.NoUser
    user.set_unusable_password()
    user.save(update_fields=["password"])
    revoke_second_factors(user)
    Enrolment.objects.filter(person=row.person, used_at=None).update(used_at=at)
    approvals.put_in_force(row, at, usable_until=_collected_until(at))


def leave_two(leaving: User) -> None:
    """Refuse to leave fewer than two active administrators.

    All of them are locked, so that simultaneous departures are counted one after the other.

    :raises TooFewAdministrators: when fewer than two would be left.
    """
    administrators = Principal.objects.select_for_update(no_key=True).filter(role=Role.ADMINISTRATOR).order_by("pk")
    list(administrators.values_list("pk", flat=True))
    if queries.administrators().exclude(person__user=leaving).count() < settings.LEAST_ADMINISTRATORS:
        raise refusals.TooFewAdministrators


def unmake_administrator(user: User) -> None:
    """End a user's rights as an administrator; other rights to view tables stay."""
    Principal.objects.filter(person__user=user, role=Role.ADMINISTRATOR, active=True).update(active=False)
    User.objects.filter(pk=user.pk).update(is_superuser=False)


def switch_off(principal: Principal) -> int:
    """Switch a principal off and revoke its keys; return the number of revoked keys."""
    Principal.objects.filter(pk=principal.pk).update(active=False)
    return revoke_keys(principal.pk)


def _switched_on(row: Administration) -> Principal:
    if row.person_id is not None and queries.active_principal(row.person_id):
        raise refusals.PersonActs
    if row.principal is not None:
        Principal.objects.filter(pk=row.principal.pk).update(active=True)
        return row.principal
    if Principal.objects.filter(name=row.content["name"]).exists():
        raise refusals.NameTaken
    made = Principal(id=new_id(), name=row.content["name"], role=row.content["role"], person=row.person)
    made.save(force_insert=True)
    return made


def _collected_until(at: datetime) -> datetime:
    return at + timedelta(days=settings.COLLECTION_DAYS)
