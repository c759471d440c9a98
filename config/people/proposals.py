"""What an administrator proposes and another approves (管理事项提交): nothing of it is so until then.

Each function returns the proposed row and its proposal; `config.kernel.approvals` approves, rejects or withdraws it.
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
    chosen_of,
    locked_person,
    locked_principal,
    name_of,
    propose,
    signs_in,
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
    """Propose somebody who signs in, or a change of it (人员与用户): the whole as it shall be.

    Approved, a new user waits for its person to enrol with a code of which proposer and approver collect a half each
    (`config.people.collection.collect_enrolment_code`); nobody else knows the password or the second factor.

    :param person_id: who is there already; None for a new person.
    :param staff_number: the person's; another one than it has replaces a wrong one.
    :param views: codes of tables that may be viewed in the back office (`queries.known_views`).
    :param groups: names of groups of views.
    :raises BadRequest: for a name or number that is none, an unknown view or group.
    :raises NotFound: for an unknown person.
    :raises StaffNumberTaken: the number is another person's.
    :raises NameTaken: the user name is another user's, or the person signs in under another one.
    :raises NothingChanges: it is so already.
    :raises ApprovalPending: a proposal about the same person waits.
    """
    person = None if person_id is None else locked_person(person_id)
    name, number = username_of(username), staff_number_of(staff_number)
    content: dict[str, Any] = {
        "username": name,
        "staff_number": number,
        "active": active,
        "is_staff": is_staff,
        "views": chosen_of("views", views, set(queries.known_views())),
        "groups": chosen_of("groups", groups, set(Group.objects.values_list("name", flat=True))),
    }
    if queries.is_anothers(number, person):
        raise refusals.StaffNumberTaken
    user = person.user if person else None
    if User.objects.filter(username=name).first() != user:
        raise refusals.NameTaken
    return propose(
        AdministrationKind.USER,
        principal,
        person=person,
        about=person.pk if person else number,
        before=queries.user_as_it_is(person),
        content=content,
    )


@transaction_required
def propose_group(*, principal: Caller, name: str, views: Iterable[str]) -> Proposed:
    """Propose a group of views, or what it may view (查询权限组).

    :raises BadRequest: for a name that is none, or an unknown view.
    :raises NothingChanges: it is so already.
    :raises ApprovalPending: a proposal about the same group waits.
    """
    group = name_of(name)
    content = {"name": group, "views": chosen_of("views", views, set(queries.known_views()))}
    before = queries.group_as_it_is(group)
    return propose(AdministrationKind.GROUP, principal, about=group, before=before, content=content)


@transaction_required
def propose_principal(*, principal: Caller, name: str, role: str, person_id: UUID | None = None) -> Proposed:
    """Propose a new principal of the bank's business (操作主体): a person in a role, or a machine.

    :param role: of people with a person, of machines without; an administrator is proposed as such.
    :raises BadRequest: for a name or role that is none, a machine with a person, a person's role without.
    :raises NotFound: for an unknown person.
    :raises NameTaken: another principal has the name.
    :raises PersonActs: the person has a role already.
    :raises ApprovalPending: a proposal of the same name or person waits.
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
    """Propose to switch a principal on again (启用); of an administrator, to make one again.

    :raises NotFound: for an unknown principal.
    :raises NothingChanges: it is on.
    :raises PersonActs: the person has another role meanwhile.
    :raises NoUser: an administrator's person does not sign in.
    """
    found = locked_principal(principal_id)
    if found.person_id and queries.active_principal(found.person_id) not in (None, found):
        raise refusals.PersonActs
    kind = AdministrationKind.ADMINISTRATOR if found.role == Role.ADMINISTRATOR else AdministrationKind.PRINCIPAL
    if kind == AdministrationKind.ADMINISTRATOR:
        signs_in(found.person)
    return propose(
        kind,
        principal,
        person=found.person,
        of=found,
        about=found.pk,
        before=queries.principal_as_it_is(found),
        content={**queries.principal_as_it_is(found), "active": True},
    )


@transaction_required
def propose_administrator(*, principal: Caller, person_id: UUID, active: bool = True) -> Proposed:
    """Propose to make somebody an administrator, or to be one no longer (系统管理员).

    Being one no longer also parts a superuser from before who acts in the bank's business.

    :raises NotFound: for an unknown person.
    :raises NoUser: the person does not sign in.
    :raises PersonActs: the person has a role in the bank's business.
    :raises NothingChanges: it is so already.
    :raises TooFewAdministrators: fewer than two would be left.
    """
    require(principal, Permission.ADMINISTER)
    person = locked_person(person_id)
    acting = queries.active_principal(person.pk)
    stood = Principal.objects.filter(person=person, role=Role.ADMINISTRATOR).order_by("-active", "-pk").first()
    user = signs_in(person) if active else person.user
    if active:
        if acting is not None and acting.role == Role.ADMINISTRATOR:
            raise refusals.NothingChanges
        if stood is None:
            name = queries.free_name(user.username if user else "")
            return _new_principal(AdministrationKind.ADMINISTRATOR, principal, name, Role.ADMINISTRATOR, person)
        return propose_switch_on(principal=principal, principal_id=stood.pk)
    if user is None or not user.is_superuser:
        raise refusals.NothingChanges
    before = queries.principal_as_it_is(stood if stood and stood.active else None) or queries.whose(person)
    content = {**before, "name": stood.name if stood else user.username, "role": Role.ADMINISTRATOR.value}
    return propose(
        AdministrationKind.ADMINISTRATOR,
        principal,
        person=person,
        of=stood,
        about=person.pk,
        before=before,
        content={**content, "active": False},
    )


@transaction_required
def propose_key(
    *, principal: Caller, principal_id: UUID, rotates: bool = False, expires_at: datetime | None = None
) -> Proposed:
    """Propose a key of a principal (签发密钥): approved, it is collected once.

    A person's key is collected by that person, a machine's by who proposed it
    (`config.people.collection.collect_key`).

    :param rotates: whether the keys before end when the new one is collected.
    :param expires_at: when it ends by itself, by the real clock; None for a key without an end.
    :raises NotFound: for an unknown principal.
    :raises NotActive: the principal is switched off.
    :raises NoKeyForAdministrators: an administrator has none.
    :raises NoUser: the person does not sign in, and could not collect it.
    :raises ApprovalPending: a key of the same principal is proposed already.
    """
    found = locked_principal(principal_id)
    if found.role == Role.ADMINISTRATOR:
        raise refusals.NoKeyForAdministrators
    if not found.active:
        raise refusals.NotActive
    if found.person is not None:
        signs_in(found.person)
    if expires_at is not None and expires_at <= timezone.now():
        raise BadRequest({"expires_at": [Text("到期时间须晚于现在。", "The end must be in the future.")]})
    before = queries.keys_as_they_are(found)
    return propose(
        AdministrationKind.API_KEY,
        principal,
        person=found.person,
        of=found,
        about=found.pk,
        before=before,
        content={**before, "rotates": rotates, "expires_at": rfc3339(expires_at)},
    )


@transaction_required
def propose_enrolment(*, principal: Caller, person_id: UUID) -> Proposed:
    """Propose that somebody sets password and second factor anew (重新注册签到凭据).

    Approved, the old ones end at once; proposer and approver collect a half each of a code to enrol with.

    :raises NotFound: for an unknown person.
    :raises NoUser: the person does not sign in.
    :raises ApprovalPending: the same is proposed already.
    """
    person = locked_person(person_id)
    signs_in(person)
    told = queries.whose(person)
    return propose(AdministrationKind.ENROLMENT, principal, person=person, about=person.pk, before=told, content=told)


def _new_principal(
    kind: AdministrationKind, principal: Caller, name: str, role: str, person: Person | None
) -> Proposed:
    content = {"name": name_of(name), "role": str(role), "active": True, **queries.whose(person)}
    if person is not None and queries.active_principal(person.pk):
        raise refusals.PersonActs
    if Principal.objects.filter(name=content["name"]).exists():
        raise refusals.NameTaken
    return propose(
        kind, principal, person=person, about=person.pk if person else content["name"], before={}, content=content
    )
