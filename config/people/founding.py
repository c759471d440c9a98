"""The first two administrators, and emergency access (设立首批系统管理员、应急恢复), by the owner of the database only.

Rows created here lack two administrators; for them the database requires a `Founding`, which the
application's role cannot write. Each is a decision without a principal.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from axes.utils import reset
from django.conf import settings
from django.contrib.auth.models import User

from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.models import Enrolment, Founding, Person, Principal, Role
from config.kernel.trail.decisions import deciding
from config.people import queries, refusals
from config.people.collection import code_digest, written_code
from config.people.proposal_inputs import name_of, staff_number_of
from config.people.vocabulary import DecisionKind, Rule

log = logging.getLogger("bank.people")


@dataclass(frozen=True, slots=True)
class CreatedAdministrator:
    """A created administrator with the enrolment code, which is shown only now."""

    username: str
    code: str
    until: datetime


@transaction_required
def first_administrators(*named: tuple[str, str]) -> list[CreatedAdministrator]:
    """Create the first two administrators together, because one alone can do nothing.

    A person who administered the bank alone before can be one of them, and keeps password and second factor until
    the next enrolment.

    :param named: user name and staff number of each.
    :raises EnoughAdministrators: when there are two already.
    :raises StaffNumberTaken: when a number belongs to another person.
    :raises PersonActs: when one of them has a role in the bank's business.
    """
    if queries.administrators().count() >= settings.LEAST_ADMINISTRATORS:
        raise refusals.EnoughAdministrators
    return [_create(*each, kind=DecisionKind.FIRST_ADMINISTRATORS, why=Founding.Why.FIRST) for each in named]


@transaction_required
def break_glass(username: str, staff_number: str) -> CreatedAdministrator:
    """Create an administrator, or let one enrol again, when no two administrators can sign in (应急恢复).

    :raises StaffNumberTaken: when the number belongs to another person.
    :raises PersonActs: when the person has a role in the bank's business.
    """
    made = _create(username, staff_number, kind=DecisionKind.BREAK_GLASS, why=Founding.Why.BREAK_GLASS)
    log.critical("break-glass: the owner of the database made an administrator")
    return made


def _create(username: str, staff_number: str, *, kind: DecisionKind, why: Founding.Why) -> CreatedAdministrator:
    name, number = name_of(username), staff_number_of(staff_number)
    at = bank_now()
    with deciding(kind, principal=None, at=at, rule=Rule.OWNER) as decision:
        decision.facts = {"username": name, "staff_number": number, "role": Role.ADMINISTRATOR.value, "why": why.value}
        user = User.objects.select_for_update(no_key=True).filter(username=name).first()
        person = Person.objects.filter(user=user).first() if user else None
        if queries.belongs_to_another(number, person):
            raise refusals.StaffNumberTaken
        acting = queries.active_principal(person.pk) if person else None
        if acting is not None and acting.role != Role.ADMINISTRATOR:
            raise refusals.PersonActs
        user = _user(user, name, why)
        person = _person(person, user, number, why)
        decision.object_id = _principal(acting, person, name, why).pk
        reset(username=name)
        code, until = written_code(), at + timedelta(days=settings.COLLECTION_DAYS)
        made = Enrolment(id=new_id(), person=person, digest=code_digest(code), issued_at=at, until=until)
        made.save(force_insert=True)
        decision.facts["code_digest"] = made.digest.hex()
        _record_founding(made, why)
        return CreatedAdministrator(name, code, until)


def _user(user: User | None, name: str, why: Founding.Why) -> User:
    if user is None:
        user = User(username=name)
        user.set_unusable_password()
    user.is_active = user.is_staff = user.is_superuser = True
    user.save()
    _record_founding(user, why)
    return user


def _person(person: Person | None, user: User, number: str, why: Founding.Why) -> Person:
    if person is None:
        person = Person(id=new_id(), staff_number=number, user=user)
        person.save(force_insert=True)
    elif person.staff_number != number:
        Person.objects.filter(pk=person.pk).update(staff_number=number)
        _record_founding(person, why)
    return person


def _principal(acting: Principal | None, person: Person, name: str, why: Founding.Why) -> Principal:
    """Return the person's administrator principal, created or switched on."""
    if acting is not None:
        return acting
    administrator = Principal.objects.filter(person=person, role=Role.ADMINISTRATOR).order_by("-pk").first()
    if administrator is not None:
        Principal.objects.filter(pk=administrator.pk).update(active=True)
    else:
        administrator = Principal(id=new_id(), name=queries.free_name(name), role=Role.ADMINISTRATOR, person=person)
        administrator.save(force_insert=True)
    _record_founding(administrator, why)
    return administrator


def _record_founding(row: User | Person | Principal | Enrolment, why: Founding.Why) -> None:
    Founding(id=new_id(), what=row._meta.db_table, object=str(row.pk), why=why).save(force_insert=True)
