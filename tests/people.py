"""People, principals and keys for tests, written directly with the founding record that replaces approval."""

import itertools
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction

from config.kernel.access.keys import Caller, new_key
from config.kernel.database.ids import new_id
from config.kernel.database.sql import Statement, ask, insert, send
from config.kernel.models import MACHINES, Founding, Person, Principal, Role
from tests.roles import as_owner

_numbers = itertools.count(1)


def founded(row: Any, what: str = "") -> Statement:
    """Return the statement that records a row as founded without two administrators, in its transaction."""
    return insert(Founding(id=new_id(), what=what or row._meta.db_table, object=str(row.pk), why=Founding.Why.TRIAL))


def mark_founded(row: Any) -> None:
    """Record a row changed in this transaction as founded without two administrators."""
    with as_owner():
        ask(founded(row))


def principal(name: str, role: str = "teller", *, user: User | None = None, active: bool = True) -> Principal:
    """Create a principal; a person's principal with a new person."""
    made = Principal(id=new_id(), name=name, role=str(role), active=active)
    writes = []
    if role not in MACHINES:
        person = getattr(user, "person", None) if user else None
        if person is None:
            person = Person(id=new_id(), staff_number=f"T-{next(_numbers)}-{made.id.hex[-6:]}".upper(), user=user)
            writes.append(insert(person))
        made.person = person
    with transaction.atomic():
        for each in writes:
            ask(each)
        # The record comes first: a test may have its constraints checked at each statement.
        with as_owner():
            send(founded(made), insert(made))
    return Principal.objects.get(pk=made.pk)


def ensure(name: str, role: str) -> Principal:
    """Return the principal of a name; create it if needed."""
    return Principal.objects.filter(name=name).first() or principal(name, role)


def caller_for(principal: Principal) -> Caller:
    """Return the caller of a principal."""
    return Caller(id=principal.id, name=principal.name, role=principal.role, person_id=principal.person_id)


def user(name: str, **more: Any) -> User:
    """Create a user without a role."""
    with transaction.atomic():
        made = User.objects.create_user(name, **more)
        mark_founded(made)
    return made


def administrator(name: str = "root", **more: Any) -> User:
    """Create an administrator."""
    with transaction.atomic():
        made = user(name, is_staff=True, is_superuser=True, **more)
        principal(name, Role.ADMINISTRATOR, user=made)
    return made


def signs_in(of: Principal | Caller, name: str = "") -> User:
    """Return the user of a person; create it if needed."""
    with transaction.atomic():
        person = Person.objects.select_related("user").get(principals=of.id)
        if person.user is None:
            person.user = User.objects.filter(username=name or of.name).first() or user(name or of.name)
            person.save(update_fields=["user"])
            mark_founded(person)
    return person.user


def key(of: Principal | Caller | UUID, *, expires_at: datetime | None = None) -> str:
    """Create an API key of a principal and return it."""
    text, row = new_key(of if isinstance(of, UUID) else of.id, expires_at=expires_at)
    with as_owner():
        send(founded(row), insert(row))
    return text


def cast(roles: Mapping[str, str]) -> dict[str, str]:
    """Create users and machines by name and role; return the API key of each."""
    with transaction.atomic():
        made = {name: ensure(name, role) for name, role in roles.items()}
        for each in made.values():
            if each.role not in MACHINES:
                signs_in(each)
        return {name: key(each) for name, each in made.items()}


def principal_of(person: Person, name: str, role: str) -> Principal:
    """Create a principal of an existing person."""
    made = Principal(id=new_id(), name=name, role=role, person=person)
    with as_owner():
        send(founded(made), insert(made))
    return made
