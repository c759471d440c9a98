"""Fixtures of the blacklist: two compliance officers and what they do together."""

from collections.abc import Callable
from typing import Any

import pytest

from blacklist.models import Certificate
from blacklist.operations import customers
from blacklist.operations.drafts import CertificateDraft
from blacklist.operations.registration import register_certificate
from blacklist.operations.revocations import RevocationDraft, request_revocation
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.law.dates import shanghai_day
from config.kernel.models import Role
from tests import people
from tests.blacklist.calls import CERTIFICATES
from tests.blacklist.cast import OWN_ACCOUNT, OWN_CARD, body, draft, latest_approval
from tests.clock import Clock
from tests.http import ApiClient

type Register = Callable[..., Certificate]


@pytest.fixture(autouse=True)
def no_customers(monkeypatch: pytest.MonkeyPatch) -> None:
    """By default no document or account belongs to a customer; a test that needs one says so."""
    monkeypatch.setattr(customers, "_names", customers._no_names)
    monkeypatch.setattr(customers, "_links", customers._no_links)
    monkeypatch.setattr(customers, "_numbers", customers._no_numbers)
    monkeypatch.setattr(customers, "_holders", customers._no_holders)


@pytest.fixture
def its_card() -> None:
    """`OWN_CARD` is the number of a card of this bank, `OWN_ACCOUNT` that of an account."""
    known = customers.KnownNumbers(frozenset([OWN_ACCOUNT]), frozenset([OWN_CARD]))
    customers.register_number_lookup(lambda _: known)


def compliance_officer(name: str) -> Caller:
    principal = people.principal(name, Role.COMPLIANCE)
    return Caller(principal.id, principal.name, principal.role)


@pytest.fixture
def maker(noon: Clock) -> Caller:
    return compliance_officer("maker")


@pytest.fixture
def checker(noon: Clock) -> Caller:
    return compliance_officer("checker")


@pytest.fixture
def register(maker: Caller) -> Register:
    def run(of: CertificateDraft | None = None) -> Certificate:
        return register_certificate(principal=maker, draft=of or draft(), at=bank_now())[0]

    return run


@pytest.fixture
def put_in_force(register: Register, checker: Caller) -> Register:
    def run(of: CertificateDraft | None = None) -> Certificate:
        certificate = register(of)
        approvals.approve(latest_approval().id, principal=checker)
        certificate.refresh_from_db()
        return certificate

    return run


@pytest.fixture
def revoke(maker: Caller, checker: Caller) -> Callable[[Certificate], Certificate]:
    def run(certificate: Certificate) -> Certificate:
        at = bank_now()
        request_revocation(
            principal=maker,
            certificate_id=certificate.id,
            draft=RevocationDraft("撤〔2026〕1号", shanghai_day(at), "认定有误"),
            at=at,
        )
        approvals.approve(latest_approval().id, principal=checker)
        certificate.refresh_from_db()
        return certificate

    return run


@pytest.fixture
def officer(noon: Clock, client_for: Callable[..., ApiClient]) -> ApiClient:
    """The API client of a compliance officer."""
    return client_for("compliance")


@pytest.fixture
def second(client_for: Callable[..., ApiClient]) -> ApiClient:
    """The API client of another compliance officer, who approves."""
    return client_for("compliance", "second")


@pytest.fixture
def in_force(officer: ApiClient, second: ApiClient) -> Callable[..., dict[str, Any]]:
    """Return a function that posts a certificate, has it approved, and returns the answer to the post."""

    def post(**changes: Any) -> dict[str, Any]:
        certificate = officer.post(CERTIFICATES, body(**changes)).json()
        assert second.approve(certificate["approval_id"]).status_code == 200
        return certificate

    return post
