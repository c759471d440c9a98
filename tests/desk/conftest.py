"""Somebody at the desk: signed in with a second factor, without the form."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests import browsing, factories, people
from tests.back_office import staffed

type SignedIn = Callable[..., Client]


@pytest.fixture
def signed_in(db: None) -> SignedIn:
    """Return the desk of a role; the same name is the same person, another name another one.

    `signed_in("supervisor", with_codes=True)` types a fresh code with every form.
    """
    clients: dict[tuple[str, str], Client] = {}

    def desk(role: str, name: str = "", *, with_codes: bool = False) -> Client:
        if (role, name) not in clients:
            clients[role, name] = _sign_in(role, name)
        client = clients[role, name]
        return browsing.with_codes(client) if with_codes else client

    return desk


def _sign_in(role: str, name: str) -> Client:
    person = factories.caller(role, name)
    return browsing.browser_of(people.signs_in(person))


@pytest.fixture
def staff(signed_in: SignedIn) -> SignedIn:
    """Return somebody of a role in the back office: `staff("teller")`; a "superuser" has no role."""

    def person(role: str, name: str = "", **options: bool) -> Client:
        if role != "superuser":
            return staffed(signed_in(role, name, **options))
        found = User.objects.filter(username="root").first()
        return browsing.browser_of(found or people.administrator("root"))

    return person
