"""Schemathesis over the OpenAPI document: whatever is sent, no 5xx, and every answer as it is documented.

The application runs in this process, so that each example sees the rows of the test. Half of the
examples have ids, cards and documents that exist put in, or they would hardly get past a 404.
"""

import random
import zlib
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
import yaml
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.db.backends.signals import connection_created
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig

from config.kernel.models import BUSINESS
from tests import factories
from tests.contract.test_openapi import KEPT
from tests.http import ApiClient

EVERY_ROLE = sorted(BUSINESS)

load_all_checks()
NAMES = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)
CHECKED = CHECKS.get_by_names(list(NAMES))
CONFIG = SchemathesisConfig.from_dict({"generation": {"mode": "all", "allow-x00": True}, "seed": 20261125})
SCHEMA = schemathesis.openapi.from_dict(yaml.safe_load(KEPT.read_text()), config=CONFIG)


def application(environ, start_response):
    """The application as the server imports it: it looks at its database's keys then, so not before a test has one."""
    from config.wsgi import application as imported

    # What comes after in this process works on databases that have no marks yet, or other keys.
    connection_created.disconnect(dispatch_uid="foundations")
    return imported(environ, start_response)


SCHEMA.app = application

ADVANCE = "/api/v1/sandbox/clock/advance"
CARD = "6228480000000005"
CERTIFICATE = {
    "doc_no": "公认〔2026〕1号",
    "authority": {"name": "某市公安局", "region_code": "110000", "level": "province"},
    "certified_on": "2026-01-01",
    "category": "LEND",
    "subjects": [{"kind": "individual", "name": "王五", "document": factories.WANG.document}],
}


@contextmanager
def connection_kept():
    """Do as Django's test client does: requests share the test's connection and transaction."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


@pytest.fixture
def known(noon, client_for) -> dict[str, list[Any]]:
    """Values that exist, by the name they go under; and the clients, by role."""
    customer = factories.customer(factories.ZHANG)
    other = factories.customer(factories.LI)
    account = factories.account(customer, balance_fen=10_000_00)
    payee = factories.account(other)
    card = factories.card(account, number=CARD)
    transfer = client_for("teller").post(
        "/transfers",
        {
            "payer": {"account_id": str(account.id)},
            "payee": {"account_number": payee.account_number, "name": "李四"},
            "amount": "1.00",
            "arrival": "next_day",
        },
    )
    freeze = client_for("compliance").post(
        f"/accounts/{payee.id}/freezes", {"authority": "某公安局", "order_no": "2026-1"}
    )
    certificate = client_for("compliance").post("/blacklist/certificates", CERTIFICATE)
    for made in (transfer, freeze, certificate):
        assert made.status_code == 201, made.content
    return {
        "customer_id": [str(customer.id), str(other.id)],
        "account_id": [str(account.id), str(payee.id)],
        "payer_account": [str(account.id)],
        "card_id": [str(card.id)],
        "transfer_id": [transfer.json()["id"]],
        "freeze_id": [freeze.json()["id"]],
        "certificate_id": [certificate.json()["id"]],
        "approval_id": [certificate.json()["approval_id"]],
        "card_number": [CARD],
        "account": [{"account_id": str(account.id)}, {"card_number": CARD}],
        "account_number": [payee.account_number, account.account_number],
        "payer": [{"card_number": CARD}, {"account_id": str(account.id)}],
        "payee": [
            {"account_number": payee.account_number, "name": "李四"},
            {"account_number": "6222000000000000001", "bank_code": "ICBKCNBJ"},
            {"account_number": payee.account_number, "name": "王五"},
        ],
        "applicant": [{"card_number": CARD}, {"document": factories.ZHANG.document}],
        "document": [factories.ZHANG.document, factories.LI.document, factories.WANG.document],
        "name": ["李四", "张三"],
        "amount": ["0.01", "5.00", "99999999.00"],
        "arrival": ["real_time", "ordinary", "next_day"],
        "bank_code": ["ICBKCNBJ"],
        "to": ["II", "III"],
        **{name: [value] for name, value in CERTIFICATE.items() if name != "category"},
    }


@pytest.fixture
def clients(client_for) -> dict[str, ApiClient]:
    return {role: client_for(role) for role in EVERY_ROLE}


def _enliven(node: Any, known: dict[str, list[Any]], choose: Any) -> Any:
    """Put what exists where a field asks for something of its name."""
    if isinstance(node, dict):
        return {
            name: choose(known[name])
            if name in known and choose([True, True, False])
            else _enliven(value, known, choose)
            for name, value in node.items()
        }
    if isinstance(node, list):
        return [_enliven(each, known, choose) for each in node]
    return node


bounded = settings(
    max_examples=20,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@SCHEMA.exclude(path=ADVANCE).parametrize()
@bounded
def test_every_answer_is_as_documented(case, known, clients):
    check(case, known, clients)


@SCHEMA.include(path=ADVANCE).parametrize()
@bounded
def test_moving_the_clock_is_as_documented(case, noon, clients):
    """Nothing is due here: the call would wait for a worker."""
    check(case, {}, clients)


def check(case, known: dict[str, list[Any]], clients: dict[str, ApiClient]) -> None:
    """Send one example, as it is or with what exists put in, and judge the answer."""
    # The example itself decides, so that a failing one fails again while it is made smaller.
    choose = random.Random(zlib.crc32(repr((case.path_parameters, case.query, case.body)).encode())).choice

    allowed = [str(role) for role in ROLES[case.operation.method.upper(), case.operation.path]]
    client = clients[choose(allowed if choose([True, True, True, False]) else EVERY_ROLE)]
    alive = choose([True, False])
    if alive:
        case.path_parameters = _enliven(case.path_parameters, known, choose)
        case.body = _enliven(case.body, known, choose)
    headers = {"Authorization": f"Bearer {client.bearer}"}
    with connection_kept():
        response = case.call(headers=headers)
    checks = [each for each in CHECKED if not (alive and each.__name__ == "negative_data_rejection")]
    case.validate_response(response, checks=checks)


def _roles() -> dict[tuple[str, str], set[str]]:
    from tests.architecture.test_roles import MATRIX

    return {
        (method, "/api/v1" + path): MATRIX[
            method, "/".join("{id}" if "{" in part else part for part in path.split("/"))
        ]
        for path, operations in (
            (path.removeprefix("/api/v1"), each) for path, each in SCHEMA.raw_schema["paths"].items()
        )
        for method in (name.upper() for name in operations)
    }


ROLES = _roles()
