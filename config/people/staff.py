"""Proposals about a member of the staff as a whole: person, user and role in one act (人员管理).

`config.people.proposals` has the proposals about one part alone. Each takes effect when another administrator
approves it (`config.people.effects.put_user`).
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User

from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, require
from config.kernel.database.transactions import transaction_required
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text
from config.kernel.models import MACHINES, AdministrationKind, Person, Principal, Role
from config.people import queries, refusals
from config.people.proposal_inputs import Proposed, locked_person, name_of, propose, staff_number_of

#: The roles of persons; a machine has no person.
PERSON_ROLES = tuple(role for role in Role if role not in MACHINES)


@transaction_required
def propose_new_person(
    *, principal: Caller, name: str, staff_number: str, role: str, file_id: UUID | None = None
) -> Proposed:
    """Propose a new person with user and role (新增人员) in one act.

    The staff number is the user name. After approval proposer and approver collect one half of an enrolment code each.

    :param name: shown at the desk and in records; with the staff number behind it where another person has it.
    :param file_id: of the file that names the person; None for a single form.
    :raises BadRequest: for an invalid name, staff number or role.
    :raises StaffNumberTaken: when the number belongs to another person.
    :raises NameTaken: when the number is the user name of another person.
    :raises ApprovalPending: when a proposal with the same number waits.
    """
    require(principal, Permission.ADMINISTER)
    given, number, wanted = name_of(name), staff_number_of(staff_number), role_of(role)
    if Person.objects.filter(staff_number=number).exists():
        raise refusals.StaffNumberTaken
    if User.objects.filter(username=number).exists():
        raise refusals.NameTaken
    content = {
        "name": _free_name(given, number),
        "staff_number": number,
        "role": wanted.value,
        "username": number,
        "active": True,
        "is_staff": wanted == Role.ADMINISTRATOR,
        "views": [],
        "groups": [],
        **({"file": str(file_id)} if file_id else {}),
    }
    return propose(AdministrationKind.USER, principal, about=number, before={}, content=content)


@transaction_required
def propose_role(*, principal: Caller, person_id: UUID, role: str) -> Proposed:
    """Propose another role for a person (变更角色), or the return of a person who was switched off (重新启用).

    After approval the principal of the present role is switched off, and its keys and sessions end. A principal that
    the person had in that role before is switched on again.

    :raises BadRequest: for an unknown role.
    :raises NotFound: for an unknown person.
    :raises NoUser: when the person has no user.
    :raises NothingChanges: when the person acts in that role.
    :raises ApprovalPending: when a proposal about the same person waits.
    """
    require(principal, Permission.ADMINISTER)
    person, wanted = locked_person(person_id), role_of(role)
    if person.user is None:
        raise refusals.NoUser
    before = queries.user_snapshot(person, with_role=True)
    mine = Principal.objects.filter(person=person).order_by("-active", "-pk")
    earlier = mine.filter(role=wanted).values_list("name", flat=True).first()
    latest = mine.values_list("name", flat=True).first() or person.user.username
    content = {
        **before,
        "role": wanted.value,
        "name": earlier or _free_name(latest, person.staff_number),
        "active": True,
        "is_staff": wanted == Role.ADMINISTRATOR or (before["is_staff"] and not person.user.is_superuser),
    }
    return propose(AdministrationKind.USER, principal, person=person, about=person.pk, before=before, content=content)


def role_of(value: str) -> Role:
    """Read the role of a person, as its code or as its word on screens.

    :raises BadRequest: for any other text.
    """
    words: Mapping[str, Any] = {
        word: each for each in PERSON_ROLES for word in (each.value, each.text.zh, each.text.en)
    }
    found = words.get(value.strip())
    if found is None:
        known = "、".join(each.text.zh for each in PERSON_ROLES)
        raise BadRequest({"role": [Text(f"角色应为：{known}。", "There is no such role.")]})
    return Role(found)


def _free_name(name: str, staff_number: str) -> str:
    """Return the name for a principal, with the staff number behind it if another principal has the name."""
    if not Principal.objects.filter(name=name).exists():
        return name
    numbered = f"{name.removesuffix(staff_number).strip()[: 62 - len(staff_number)]} {staff_number}"
    taken = set(Principal.objects.filter(name__startswith=numbered).values_list("name", flat=True))
    return next(each for nth in range(1, 100) if (each := numbered if nth == 1 else f"{numbered}-{nth}") not in taken)
