"""Proposals of administrators (管理事项提交), without effect until another administrator approves them.

Each function returns the proposed row and its proposal; `config.kernel.approvals` approves, rejects or
withdraws it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Group, User
from django.utils import timezone

from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, require
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import rfc3339
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text
from config.kernel.models import (
    MACHINES,
    AdministrationKind,
    Person,
    Principal,
    Role,
)
from config.people import queries, refusals
from config.people.proposal_inputs import (
    Proposed,
    active_user,
    locked_person,
    locked_principal,
    name_of,
    propose,
    read_choices,
    staff_number_of,
    username_of,
)


@transaction_required
def propose_user(
    *,
    principal: Caller,
    username: str,
    staff_number: str,
    person_id: UUID | None = None,
    active: bool = True,
    is_staff: bool = False,
    views: Iterable[str] = (),
    groups: Iterable[str] = (),
) -> Proposed:
    """Propose a new person with a user, or a change of both (人员与用户), with all values as intended.

    After approval a new user waits for its person to enrol with a code; proposer and approver collect one half each
    (`config.people.collection.collect_enrolment_code`), so that nobody else knows the password or the second factor.

    :param person_id: an existing person; None for a new one.
    :param staff_number: the person's; a different number replaces a wrong one.
    :param views: codes of tables that may be viewed in the back office (`queries.known_views`).
    :param groups: names of groups of views.
    :raises BadRequest: for an invalid name or number, an unknown view or group.
    :raises NotFound: for an unknown person.
    :raises StaffNumberTaken: when the number belongs to another person.
    :raises NameTaken: when the name belongs to another user, or the person has another user name.
    :raises NothingChanges: when all values are the same already.
    :raises ApprovalPending: when a proposal about the same person waits.
    """
    person = None if person_id is None else locked_person(person_id)
    name, number = username_of(username), staff_number_of(staff_number)
    content: dict[str, Any] = {
        "username": name,
        "staff_number": number,
        "active": active,
        "is_staff": is_staff,
        "views": read_choices("views", views, set(queries.known_views())),
        "groups": read_choices("groups", groups, set(Group.objects.values_list("name", flat=True))),
    }
    if queries.belongs_to_another(number, person):
        raise refusals.StaffNumberTaken
    user = person.user if person else None
    if User.objects.filter(username=name).first() != user:
        raise refusals.NameTaken
    return propose(
        AdministrationKind.USER,
        principal,
        person=person,
        about=person.pk if person else number,
        before=queries.user_snapshot(person),
        content=content,
    )


@transaction_required
def propose_group(*, principal: Caller, name: str, views: Iterable[str]) -> Proposed:
    """Propose a group of views, or a change of its views (查询权限组).

    :raises BadRequest: for an invalid name, or an unknown view.
    :raises NothingChanges: when all values are the same already.
    :raises ApprovalPending: when a proposal about the same group waits.
    """
    group = name_of(name)
    content = {"name": group, "views": read_choices("views", views, set(queries.known_views()))}
    before = queries.group_snapshot(group)
    return propose(AdministrationKind.GROUP, principal, about=group, before=before, content=content)


@transaction_required
def propose_principal(*, principal: Caller, name: str, role: str, person_id: UUID | None = None) -> Proposed:
    """Propose a new principal of the bank's business (操作主体): a person in a role, or a machine.

    :param role: a person's role with a person, a machine's role without; administrators are proposed separately.
    :raises BadRequest: for an invalid name or role, a machine with a person, a person's role without one.
    :raises NotFound: for an unknown person.
    :raises NameTaken: when another principal has the name.
    :raises PersonActs: when the person has a role already.
    :raises ApprovalPending: when a proposal with the same name or person waits.
    """
    require(principal, Permission.ADMINISTER)
    if role not in Role.values or role == Role.ADMINISTRATOR:
        raise BadRequest({"role": [Text("没有这种角色。", "There is no such role.")]})
    if (role in MACHINES) != (person_id is None):
        raise BadRequest(
            {
                "person_id": [
                    Text("人员的角色须指明人员，机器没有人员。", "A person's role names a person, a machine's none.")
                ]
            }
        )
    person = None if person_id is None else locked_person(person_id)
    return _new_principal(AdministrationKind.PRINCIPAL, principal, name, role, person)


@transaction_required
def propose_switch_on(*, principal: Caller, principal_id: UUID) -> Proposed:
    """Propose to switch a principal on again (启用); for an administrator this means to appoint one again.

    :raises NotFound: for an unknown principal.
    :raises NothingChanges: when it is switched on.
    :raises PersonActs: when the person now has another role.
    :raises NoUser: when the person of an administrator has no user.
    """
    target = locked_principal(principal_id)
    if target.person_id and queries.active_principal(target.person_id) not in (None, target):
        raise refusals.PersonActs
    kind = AdministrationKind.ADMINISTRATOR if target.role == Role.ADMINISTRATOR else AdministrationKind.PRINCIPAL
    if kind == AdministrationKind.ADMINISTRATOR:
        active_user(target.person)
    return propose(
        kind,
        principal,
        person=target.person,
        of=target,
        about=target.pk,
        before=queries.principal_snapshot(target),
        content={**queries.principal_snapshot(target), "active": True},
    )


@transaction_required
def propose_administrator(*, principal: Caller, person_id: UUID, active: bool = True) -> Proposed:
    """Propose to appoint a person as administrator, or to end this (系统管理员).

    Ending also applies to an earlier superuser with a role in the bank's business.

    :raises NotFound: for an unknown person.
    :raises NoUser: when the person has no user.
    :raises PersonActs: when the person has a role in the bank's business.
    :raises NothingChanges: when it is so already.
    :raises TooFewAdministrators: when fewer than two would be left.
    """
    require(principal, Permission.ADMINISTER)
    person = locked_person(person_id)
    acting = queries.active_principal(person.pk)
    admin = Principal.objects.filter(person=person, role=Role.ADMINISTRATOR).order_by("-active", "-pk").first()
    user = active_user(person) if active else person.user
    if active:
        if acting is not None and acting.role == Role.ADMINISTRATOR:
            raise refusals.NothingChanges
        if admin is None:
            name = queries.free_name(user.username if user else "")
            return _new_principal(AdministrationKind.ADMINISTRATOR, principal, name, Role.ADMINISTRATOR, person)
        return propose_switch_on(principal=principal, principal_id=admin.pk)
    if user is None or not user.is_superuser:
        raise refusals.NothingChanges
    before = queries.principal_snapshot(admin if admin and admin.active else None) or queries.person_snapshot(person)
    content = {**before, "name": admin.name if admin else user.username, "role": Role.ADMINISTRATOR.value}
    return propose(
        AdministrationKind.ADMINISTRATOR,
        principal,
        person=person,
        of=admin,
        about=person.pk,
        before=before,
        content={**content, "active": False},
    )


@transaction_required
def propose_key(
    *, principal: Caller, principal_id: UUID, rotates: bool = False, expires_at: datetime | None = None
) -> Proposed:
    """Propose a key for a principal (签发密钥); after approval it is collected once.

    A person's key is collected by that person, a machine's key by the approver
    (`config.people.collection.collect_key`).

    :param rotates: whether earlier keys end when the new one is collected.
    :param expires_at: when it expires, by the real clock; None for a key without an end.
    :raises NotFound: for an unknown principal.
    :raises NotActive: when the principal is switched off.
    :raises NoKeyForAdministrators: for an administrator.
    :raises NoUser: when the person has no user, and so could not collect it.
    :raises ApprovalPending: when a key for the same principal is proposed already.
    """
    target = locked_principal(principal_id)
    if target.role == Role.ADMINISTRATOR:
        raise refusals.NoKeyForAdministrators
    if not target.active:
        raise refusals.NotActive
    if target.person is not None:
        active_user(target.person)
    if expires_at is not None and expires_at <= timezone.now():
        raise BadRequest({"expires_at": [Text("到期时间须晚于现在。", "The end must be in the future.")]})
    before = queries.keys_snapshot(target)
    return propose(
        AdministrationKind.API_KEY,
        principal,
        person=target.person,
        of=target,
        about=target.pk,
        before=before,
        content={**before, "rotates": rotates, "expires_at": rfc3339(expires_at)},
    )


@transaction_required
def propose_enrolment(*, principal: Caller, person_id: UUID) -> Proposed:
    """Propose that a person sets password and second factor again (重新注册签到凭据).

    After approval the old ones end at once; proposer and approver collect one half each of an enrolment code.

    :raises NotFound: for an unknown person.
    :raises NoUser: when the person has no user.
    :raises ApprovalPending: when the same is proposed already.
    """
    person = locked_person(person_id)
    active_user(person)
    now = queries.person_snapshot(person)
    return propose(AdministrationKind.ENROLMENT, principal, person=person, about=person.pk, before=now, content=now)


def _new_principal(
    kind: AdministrationKind, principal: Caller, name: str, role: str, person: Person | None
) -> Proposed:
    content = {"name": name_of(name), "role": str(role), "active": True, **queries.person_snapshot(person)}
    if person is not None and queries.active_principal(person.pk):
        raise refusals.PersonActs
    if Principal.objects.filter(name=content["name"]).exists():
        raise refusals.NameTaken
    return propose(
        kind, principal, person=person, about=person.pk if person else content["name"], before={}, content=content
    )
