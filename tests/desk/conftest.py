"""Fixtures of the desk: signed-in clients, customers and proposals."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from accounts.models import Account, Customer
from blacklist.operations.registration import register_certificate
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.models import Approval
from config.people.demo_users import ensure_users
from tests import factories, signed_in_browser
from tests.back_office import staffed
from tests.blacklist.cast import draft, latest_approval
from tests.clock import Clock
from tests.people import administrator, principal, signs_in
from tests.transfers.conftest import payee, payer  # noqa: F401 - fixtures

type SignedIn = Callable[..., Client]


@pytest.fixture
def signed_in(db: None) -> SignedIn:
    """Return a function that gives the desk client of a role; the same name is the same person.

    `signed_in("supervisor", with_codes=True)` types a fresh code with every form.
    """
    clients: dict[tuple[str, str], Client] = {}

    def desk(role: str, name: str = "", *, with_codes: bool = False) -> Client:
        if (role, name) not in clients:
            clients[role, name] = _sign_in(role, name)
        client = clients[role, name]
        return signed_in_browser.with_codes(client) if with_codes else client

    return desk


@pytest.fixture
def people(noon: Clock) -> None:
    """The people of the demo, who sign in with its password."""
    for role in ("teller", "supervisor", "compliance", "auditor"):
        principal(role, role)
    ensure_users()


@pytest.fixture
def teller(noon: Clock, signed_in: SignedIn) -> Client:
    """The desk client of a teller; `client_for("teller")` is the API client of the same person."""
    return signed_in("teller")


@pytest.fixture
def auditor(noon: Clock, signed_in: SignedIn) -> Client:
    """The desk client of an auditor."""
    return signed_in("auditor")


@pytest.fixture
def account(zhang: Customer) -> Account:
    """张三's Class I account, without money."""
    return factories.account(zhang, "I")


@pytest.fixture
def officer(noon: Clock, signed_in: SignedIn) -> Client:
    """A compliance officer who types a fresh code with every form."""
    return signed_in("compliance", with_codes=True)


@pytest.fixture
def maker(noon: Clock) -> Caller:
    """Another compliance officer, who enters certificates."""
    return factories.caller("compliance", "maker")


@pytest.fixture
def proposal(maker: Caller) -> Approval:
    """A certificate that waits for another officer."""
    register_certificate(principal=maker, draft=draft(), at=bank_now())
    return latest_approval()


def _sign_in(role: str, name: str) -> Client:
    person = factories.caller(role, name)
    return signed_in_browser.browser_of(signs_in(person))


@pytest.fixture
def staff(signed_in: SignedIn) -> SignedIn:
    """Return a function that signs a role in to the back office: `staff("teller")`; a "superuser" has no role."""

    def person(role: str, name: str = "", **options: bool) -> Client:
        if role != "superuser":
            return staffed(signed_in(role, name, **options))
        found = User.objects.filter(username="root").first()
        return signed_in_browser.browser_of(found or administrator("root"))

    return person
