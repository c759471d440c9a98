"""Common parts of administrators' proposals: typed values are read, and the persons and principals locked.

`proposals` uses them and defines what may be proposed.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError

from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, require
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.law.refusals import BadRequest, NotFound
from config.kernel.law.text import Text
from config.kernel.models import Administration, AdministrationKind, Approval, Person, Principal
from config.kernel.models.principals import STAFF_NUMBER
from config.kernel.trail.decisions import deciding
from config.people import refusals
from config.people.vocabulary import DecisionKind, Rule

_NAME = re.compile(r"[\w.@+-][\w .@+-]{0,62}[\w.@+-]|[\w.@+-]")


def staff_number_of(value: str) -> str:
    """Read a staff number: upper case, without surrounding spaces.

    :raises BadRequest: for any other text.
    """
    number = value.strip().upper()
    if not re.fullmatch(STAFF_NUMBER, number) or not number.isascii():
        wrong = Text("工号为1至20位字母、数字或连字符。", "A staff number has 1 to 20 letters, digits or hyphens.")
        raise BadRequest({"staff_number": [wrong]})
    return number


def name_of(value: str) -> str:
    """Read the name of a principal or a group.

    :raises BadRequest: for any other text.
    """
    name = value.strip()
    if not _NAME.fullmatch(name):
        wrong = Text(
            "名称为1至64个字母、数字、空格或 . @ + - _。", "A name has 1 to 64 letters, digits, spaces or . @ + - _."
        )
        raise BadRequest({"name": [wrong]})
    return name


type Proposed = tuple[Administration, Approval]


@transaction_required
def propose(
    kind: AdministrationKind,
    principal: Caller,
    *,
    about: UUID | str,
    before: Mapping[str, Any],
    content: dict[str, Any],
    person: Person | None = None,
    of: Principal | None = None,
) -> Proposed:
    """Save an administrative act with its proposal, and record the submission."""
    require(principal, Permission.ADMINISTER)
    if {**before, **content} == before and kind not in (AdministrationKind.API_KEY, AdministrationKind.ENROLMENT):
        raise refusals.NothingChanges
    at = bank_now()
    with deciding(
        DecisionKind.ASK_ADMINISTRATION, principal=principal, at=at, rule=Rule.TWO_ADMINISTRATORS
    ) as decision:
        decision.facts = {"administration_kind": kind.value, **content}
        place = approvals.make_room(approvals.kinds()[kind], about, at=at)
        row = Administration(id=new_id(), kind=kind, person=person, principal=of, content=content)
        row.save(force_insert=True)
        decision.object_id = row.id
        approval = approvals.propose(place, principal=principal, object_id=row.id, before=before, after=content)
        return row, approval


def locked_person(person_id: UUID) -> Person:
    """Lock and return a person. The user is read after the lock, because a join could return an older version.

    :raises NotFound: for an unknown person.
    """
    found = Person.objects.select_for_update(no_key=True).filter(pk=person_id).first()
    if found is None:
        raise NotFound
    return found


def locked_principal(principal_id: UUID) -> Principal:
    """Lock and return a principal; person and user are read after the lock.

    :raises NotFound: for an unknown principal.
    """
    found = Principal.objects.select_for_update(no_key=True).filter(pk=principal_id).first()
    if found is None:
        raise NotFound
    return found


def active_user(person: Person | None) -> User:
    """Return the active user of a person.

    :raises NoUser: when the person has none.
    """
    if person is None or person.user is None or not person.user.is_active:
        raise refusals.NoUser
    return person.user


def username_of(value: str) -> str:
    """Read a user name and return it in normal form.

    :raises BadRequest: for any other text.
    """
    name = User.normalize_username(value.strip())
    try:
        UnicodeUsernameValidator()(name)
    except ValidationError as error:
        raise BadRequest(
            {
                "username": [
                    Text("用户名只能含字母、数字和 @ . + - _。", "A user name has letters, digits and @ . + - _ only.")
                ]
            }
        ) from error
    if len(name) > 64:
        raise BadRequest({"username": [Text("用户名最多64个字符。", "A user name has 64 characters at most.")]})
    return name


def read_choices(field: str, asked: Iterable[str], there: set[str]) -> list[str]:
    """Return the chosen values, sorted, after checking that they exist.

    :raises BadRequest: naming the field, for an unknown value.
    """
    wanted = sorted(set(asked))
    if not there.issuperset(wanted):
        raise BadRequest({field: [Text("所选项目不存在。", "One of the choices does not exist.")]})
    return wanted
