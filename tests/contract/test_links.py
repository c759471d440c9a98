"""Each link of the OpenAPI document is followed from a real answer, and the linked call succeeds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from config.kernel import approvals
from config.kernel.models import BUSINESS, Approval
from tests import factories
from tests.architecture.test_roles import MATRIX
from tests.contract.calls import BODIES, OPERATIONS
from tests.contract.world import STOCK_ROW, World
from tests.http import ApiClient

LINKS = sorted(
    {
        (source, name)
        for source, (_, _, operation) in OPERATIONS.items()
        for answer in operation["responses"].values()
        for name in answer.get("links", {})
    }
)
SOURCES: dict[str, Callable[[World], Any]] = {
    "post_customers": World.customer,
    "post_accounts": World.rich_account,
    "post_accounts_id_cards": World.card,
    "post_accounts_id_card_exceptions": lambda world: world.made(
        "post_accounts_id_card_exceptions", world.teller, account_id=world.account_of_four_cards()["id"]
    ),
    "post_accounts_id_close_outs": lambda world: world.made(
        "post_accounts_id_close_outs", world.teller, account_id=world.stopped_account()["id"]
    ),
    "post_accounts_id_impostor_declarations": lambda world: world.about_account(
        "post_accounts_id_impostor_declarations"
    ),
    "post_accounts_id_freezes": World.freeze,
    "post_freezes_id_lift": lambda world: world.made(
        "post_freezes_id_lift", world.compliance, freeze_id=world.freeze()["id"]
    ),
    "post_customers_id_documents": lambda world: world.about_customer("post_customers_id_documents"),
    "post_customers_id_external_accounts": lambda world: world.about_customer("post_customers_id_external_accounts"),
    "post_customers_id_names": World.renamed,
    "post_customers_id_documents_id_withdrawals": lambda world: world.withdrawn(
        "post_customers_id_documents_id_withdrawals"
    ),
    "post_customers_id_external_accounts_id_withdrawals": lambda world: world.withdrawn(
        "post_customers_id_external_accounts_id_withdrawals"
    ),
    "post_customers_id_reverifications": lambda world: world.about_customer("post_customers_id_reverifications"),
    "post_customers_id_same_person": World.same_person,
    "post_customers_id_letters": lambda world: world.letter(printed=True),
    "get_customers_id_letters": World.first_letter_of_two,
    "post_letters_id_deliveries": World.delivered,
    "post_cleanup_campaigns": World.campaign,
    "get_cleanup_campaigns": World.two_campaigns,
    "get_cleanup_campaigns_id": lambda world: world.made(
        "get_cleanup_campaigns_id", world.teller, campaign_id=world.campaign()["id"]
    ),
    "get_cleanup_cases": World.cases,
    "get_cleanup_cases_id": World.case,
    "post_cleanup_cases_id_actions": World.action,
    "post_cleanup_actions_id_undo": World.undone,
    "post_blacklist_certificates": World.certificate,
    "post_blacklist_certificates_id_revocations": lambda world: world.made(
        "post_blacklist_certificates_id_revocations", world.compliance, certificate_id=world.approved()["object"]["id"]
    ),
    "post_blacklist_certificates_id_corrections": World.correction,
    "post_blacklist_certificates_id_subjects_id_revocations": lambda world: world.part("subjects"),
    "post_blacklist_certificates_id_case_accounts_id_revocations": lambda world: world.part("case_accounts"),
    "post_blacklist_certificates_id_appeals": World.appeal,
    "get_blacklist_appeals": World.first_appeal_of_two,
    "post_blacklist_appeals_id_attachments": World.attached,
    "get_blacklist_appeals_id_attachments": World.first_attachment_of_two,
    "get_blacklist_certificates_id": lambda world: world.made(
        "get_blacklist_certificates_id", world.compliance, certificate_id=world.case_paper()
    ),
    "post_approvals_id_approve": World.approved,
    "post_approvals_id_claim": World.claimed,
    "post_approvals_id_attachments": World.noted,
    "get_approvals_id_attachments": World.first_note_of_two,
    "post_cards_id_replace": lambda world: world.made(
        "post_cards_id_replace", world.teller, card_id=world.card()["id"]
    ),
    "post_transfers": World.transfer,
    "post_suspicions": World.suspicion,
    "get_suspicions": World.first_suspicion_of_two,
    "post_transfers_id_delays": World.delayed,
    "get_transfers": World.first_transfer_of_two,
    "get_approvals": World.first_approval_of_two,
    "get_blacklist_certificates": World.first_certificate_of_two,
    "post_blacklist_imports": World.list,
    "post_blacklist_imports_id_submit": World.submitted_list,
    "post_blacklist_imports_id_undo": World.undone_list,
    "post_stock_imports": lambda world: world.stock(STOCK_ROW),
    "post_stock_imports_id_submit": World.submitted_stock,
    "get_stock_imports": World.first_stock_of_two,
}
#: Where a link asks for more than its answer: a card that waits to be activated, an account that is empty.
STARTS: dict[tuple[str, str], Callable[[World], Any]] = {
    ("post_stock_imports", "submitImport"): lambda world: world.stock(STOCK_ROW, staged=True),
    ("post_blacklist_imports", "submitImport"): lambda world: world.list(staged=True),
    ("post_blacklist_imports_id_submit", "undoImport"): World.registered_list,
    ("post_transfers", "cancelTransferByCard"): World.transfer_by_card,
    ("post_accounts_id_cards", "activateCard"): World.taken_card,
    # The number in the answer is masked, so the document is in the body.
    ("post_customers", "renewDocument"): lambda world: world.made("post_customers", world.teller, factories.LI.body),
    ("post_accounts", "closeOut"): World.stopped_account,
    ("post_accounts", "askCardException"): World.account_of_four_cards,
    ("post_customers", "judgeSamePerson"): World.two_alike,
    ("get_customers_id_letters", "issueOwed"): World.owed,
    ("post_cleanup_cases_id_actions", "undo"): World.action_in_force,
    ("post_customers_id_documents", "withdrawDocument"): lambda world: world.in_force("post_customers_id_documents"),
    ("post_customers_id_external_accounts", "withdrawExternalAccount"): lambda world: world.in_force(
        "post_customers_id_external_accounts"
    ),
    ("post_accounts", "closeAccount"): lambda world: world.made(
        "post_accounts", world.teller, {"customer_id": world.customer()["id"], "account_class": "II"}
    ),
}


def link_value(expression: Any, answer: Any, asked: Any) -> Any:
    """Return the value of a link's expression."""
    if isinstance(expression, dict):
        return {name: link_value(each, answer, asked) for name, each in expression.items()}
    place, body, pointer = str(expression).partition(".body#/")
    if not body:
        return expression
    found = {"$response": answer, "$request": asked}[place]
    for part in pointer.split("/"):
        found = found[int(part) if isinstance(found, list) else part]
    return found


def who(world: World, operation: str, method: str, address: str, approval_id: str | None) -> ApiClient:
    """Return the client that may call the target of a link."""
    if approval_id and operation in {
        f"post_approvals_id_{each}" for each in ("approve", "reject", "return", "claim", "put_back")
    }:
        return world.client_for(approvals.deciding_role(Approval.objects.get(pk=approval_id).kind), "other")
    if approval_id:
        return world.client_for(Approval.objects.get(pk=approval_id).made_by.role, "maker")
    plain = "/".join("{id}" if part.startswith("{") else part for part in address.split("/"))
    roles = {str(role) for role in MATRIX[method, plain]}
    return world.client_for(next(role for role in ("teller", "compliance", "supervisor") if role in roles), "maker")


def _by_world() -> dict[str, list[tuple[str, str]]]:
    """Return the links by initial state: links of one answer share it unless they need their own."""
    found: dict[str, list[tuple[str, str]]] = {}
    for source, name in LINKS:
        found.setdefault(f"{source}-{name}" if (source, name) in STARTS else source, []).append((source, name))
    return found


@contextmanager
def undone() -> Iterator[None]:
    """Roll back the block after the deferred checks have run, as at the end of a transaction."""
    world = transaction.atomic()
    # The application's own transactions are nested in no other, unless a test begins it.
    world._from_testcase = True
    with world:
        yield
        connection.check_constraints()
        transaction.set_rollback(True)


@pytest.mark.parametrize("links", _by_world().values(), ids=_by_world())
def test_link_leads_from_a_real_answer_to_a_successful_call(noon, client_for, links):
    """All links start from the same answer: each call is rolled back before the next one."""
    world = World(client_for)
    for role in BUSINESS:
        # Principals that are created inside would be rolled back, too.
        for name in ("", "maker", "other"):
            client_for(role, name)
    answer = STARTS.get(links[0], SOURCES[links[0][0]])(world)
    asked_by_world = world.asked
    problems = {}
    for source, name in links:
        with undone():
            operation, done = follow(world, source, name, answer, asked_by_world)
            if done.status_code not in (200, 201):
                problems[name] = operation, done.json()
    assert problems == {}


def follow(world: World, source: str, name: str, answer: Any, asked: Any) -> tuple[str, Any]:
    """Make the call that a link names; return its name and its answer."""
    (link,) = {
        str(each["links"][name]): each["links"][name]
        for each in OPERATIONS[source][2]["responses"].values()
        if name in each.get("links", {})
    }.values()
    operation = link["operationId"]
    method, address, _ = OPERATIONS[operation]
    path = link_value(link.get("parameters", {}), answer, asked)
    body = {**BODIES.get(operation, {}), **link_value(link.get("requestBody", {}), answer, asked)}
    client = who(world, operation, method, address, path.get("approval_id"))
    return operation, world.call(operation, client, body, **path)


def test_whatever_is_made_or_changed_by_id_is_led_to():
    """Every call that takes an id is the target of a link."""
    led_to = {
        link["operationId"]
        for _, _, operation in OPERATIONS.values()
        for answer in operation["responses"].values()
        for link in answer.get("links", {}).values()
    }
    assert led_to <= OPERATIONS.keys()
    assert {name for name, (_, path, _) in OPERATIONS.items() if "{" in path} <= led_to
