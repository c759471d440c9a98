"""Somebody at the desk: signed in with a second factor, without the form."""

from collections.abc import Callable

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from config.kernel.models import Principal
from tests import browsing, factories
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
    user, _ = get_user_model().objects.get_or_create(username=person.name)
    Principal.objects.filter(pk=person.id).update(user=user)
    return browsing.browser_of(user)


@pytest.fixture
def staff(signed_in: SignedIn) -> SignedIn:
    """Return somebody of a role in the back office: `staff("teller")`; a "superuser" has no role."""

    def person(role: str, name: str = "", **options: bool) -> Client:
        if role != "superuser":
            return staffed(signed_in(role, name, **options))
        users = get_user_model().objects
        return browsing.browser_of(users.filter(username="root").first() or users.create_superuser("root"))

    return person
