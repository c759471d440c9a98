"""Schemathesis over the OpenAPI document: no request gives a 5xx, and every answer is as documented.

The application runs in this process, so that each example sees the rows of the test. Half of the examples use
existing ids, cards and documents; otherwise most would end with a 404.
"""

import random
import zlib
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from config.kernel.models import BUSINESS
from tests import factories
from tests.contract.document import kept
from tests.http import ApiClient

EVERY_ROLE = sorted(BUSINESS)

ADVANCE = "POST /api/v1/sandbox/clock/advance"
CALLS = [f"{method.upper()} {path}" for path, methods in kept()["paths"].items() for method in methods]
CARD = "6228480000000005"
CERTIFICATE = {
    "doc_no": "公认〔2026〕1号",
    "authority": {"name": "某市公安局", "region_code": "110000", "level": "province"},
    "certified_on": "2026-01-01",
    "category": "LEND",
    "subjects": [{"kind": "individual", "name": "王五", "document": factories.WANG.document}],
}


@pytest.fixture(scope="module")
def fuzzing() -> Any:
    """The generator of examples; it is loaded only when a test runs."""
    from tests.contract import fuzzing

    return fuzzing


@pytest.fixture
def known(noon, client_for) -> dict[str, list[Any]]:
    """Existing values by the name of their field, and the clients by role."""
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
    """Insert existing values where a field has their name."""
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


#: Besides those of the document and at its limits, some seventy for a call: twenty made up, and 400 by night.
bounded = settings(
    max_examples=settings.default.max_examples // 5,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("call", [call for call in CALLS if call != ADVANCE])
def test_every_answer_is_as_documented(fuzzing, call, known, clients):
    fuzzing.fuzz(call, partial(check, fuzzing, known=known, clients=clients), bounded)


def test_moving_the_clock_is_as_documented(fuzzing, noon, clients):
    """No transfer is due here; otherwise the call would wait for a worker."""
    fuzzing.fuzz(ADVANCE, partial(check, fuzzing, known={}, clients=clients), bounded)


def check(fuzzing: Any, case: Any, known: dict[str, list[Any]], clients: dict[str, ApiClient]) -> None:
    """Send one example, unchanged or with existing values, and judge the answer."""
    # The example itself decides, so that a failing one fails again while it is made smaller.
    choose = random.Random(zlib.crc32(repr((case.path_parameters, case.query, case.body)).encode())).choice

    client = clients[choose(fuzzing.roles(case.operation) if choose([True, True, True, False]) else EVERY_ROLE)]
    alive = choose([True, False])
    if alive:
        case.path_parameters = _enliven(case.path_parameters, known, choose)
        case.body = _enliven(case.body, known, choose)
    headers = {"Authorization": f"Bearer {client.bearer}"}
    with fuzzing.connection_kept():
        response = case.call(headers=headers)
    checks = [each for each in fuzzing.CHECKED if not (alive and each.__name__ == "negative_data_rejection")]
    case.validate_response(response, checks=checks)
