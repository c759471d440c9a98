"""The matrix of roles and acts of the contract: an unlisted pair fails."""

import pytest

from config.kernel.access.permissions import ROLES, Permission
from config.kernel.models import BUSINESS
from tests.architecture.routes import routes

ALL = {str(role) for role in BUSINESS}
STAFF = ALL - {"atm", "gateway"}
DESK = STAFF - {"auditor"}
TELLER, COMPLIANCE = {"teller"}, {"compliance"}
MAKERS = {"atm", "gateway", "teller"}

MATRIX = {
    # A maker reads their own, whatever the role.
    ("GET", "/approvals"): STAFF,
    ("GET", "/approvals/{id}"): STAFF,
    ("POST", "/approvals/{id}/approve"): {"supervisor", "compliance"},
    ("POST", "/approvals/{id}/reject"): {"supervisor", "compliance"},
    ("POST", "/approvals/{id}/return"): {"supervisor", "compliance"},
    # Of these its maker alone.
    ("POST", "/approvals/{id}/withdraw"): DESK,
    ("POST", "/approvals/{id}/claim"): {"supervisor", "compliance"},
    ("POST", "/approvals/{id}/put-back"): {"supervisor", "compliance"},
    ("POST", "/approvals/{id}/comments"): DESK,
    ("POST", "/approvals/{id}/attachments"): DESK,
    ("GET", "/approvals/{id}/attachments"): STAFF,
    ("GET", "/approvals/{id}/attachments/{id}"): DESK,
    ("POST", "/customers"): TELLER,
    ("POST", "/customers/lookup"): DESK,
    ("GET", "/customers/{id}"): STAFF,
    ("GET", "/customers/{id}/eligibility"): {"teller", "supervisor"},
    ("POST", "/customers/{id}/documents"): TELLER,
    ("POST", "/customers/{id}/documents/renewals"): TELLER,
    ("POST", "/customers/{id}/external-accounts"): TELLER,
    ("POST", "/customers/{id}/documents/{id}/withdrawals"): TELLER,
    ("POST", "/customers/{id}/external-accounts/{id}/withdrawals"): TELLER,
    ("POST", "/customers/{id}/names"): TELLER,
    ("POST", "/customers/{id}/reverifications"): TELLER,
    ("POST", "/customers/{id}/same-person"): TELLER,
    ("GET", "/customers/{id}/letters"): STAFF,
    ("POST", "/customers/{id}/letters"): {"teller", "compliance"},
    ("POST", "/letters/checks"): DESK,
    ("GET", "/letters/{id}"): STAFF,
    ("POST", "/letters/{id}/deliveries"): {"teller", "compliance"},
    # A print, with the customer's whole name.
    ("GET", "/letters/{id}/pdf"): {"teller", "compliance"},
    ("POST", "/accounts"): TELLER,
    ("POST", "/accounts/lookup"): DESK,
    ("GET", "/accounts/{id}"): STAFF,
    ("GET", "/accounts/{id}/entries"): STAFF,
    ("POST", "/accounts/{id}/close"): TELLER,
    ("POST", "/accounts/{id}/close-outs"): {"teller", "gateway"},
    ("POST", "/accounts/{id}/impostor-declarations"): TELLER,
    ("POST", "/accounts/{id}/downgrade"): TELLER,
    ("POST", "/accounts/{id}/upgrade"): TELLER,
    ("POST", "/accounts/{id}/freezes"): COMPLIANCE,
    ("POST", "/freezes/{id}/lift"): COMPLIANCE,
    # One supervisor submits, another decides.
    ("POST", "/blacklist/imports"): COMPLIANCE,
    ("GET", "/blacklist/imports/template"): COMPLIANCE,
    ("GET", "/blacklist/imports/{id}"): COMPLIANCE,
    ("GET", "/blacklist/imports/{id}/rows"): COMPLIANCE,
    ("POST", "/blacklist/imports/{id}/submit"): COMPLIANCE,
    ("POST", "/blacklist/imports/{id}/undo"): COMPLIANCE,
    ("POST", "/stock/imports"): {"supervisor"},
    ("GET", "/stock/imports"): {"supervisor", "auditor"},
    ("GET", "/stock/imports/{id}"): {"supervisor", "auditor"},
    ("GET", "/stock/imports/{id}/rows"): {"supervisor", "auditor"},
    ("POST", "/stock/imports/{id}/submit"): {"supervisor"},
    ("POST", "/accounts/{id}/cards"): TELLER,
    ("POST", "/accounts/{id}/card-exceptions"): TELLER,
    ("POST", "/cards/{id}/activate"): TELLER,
    ("POST", "/cards/{id}/report-lost"): TELLER,
    ("POST", "/cards/{id}/replace"): TELLER,
    ("POST", "/cards/{id}/cancel"): TELLER,
    ("POST", "/cash/deposits"): {"teller", "atm"},
    ("POST", "/cash/withdrawals"): {"teller", "atm"},
    ("GET", "/cleanup/campaigns"): STAFF,
    ("POST", "/cleanup/campaigns"): {"supervisor"},
    ("GET", "/cleanup/campaigns/{id}"): STAFF,
    ("POST", "/cleanup/campaigns/{id}/seal"): {"supervisor"},
    # Numbers alone.
    ("GET", "/cleanup/campaigns/{id}/return"): STAFF - TELLER,
    ("GET", "/cleanup/cases"): STAFF,
    # A teller takes a case without an assignee; a supervisor assigns.
    ("POST", "/cleanup/cases/assign"): {"teller", "supervisor"},
    ("GET", "/cleanup/cases/{id}"): STAFF,
    ("POST", "/cleanup/cases/{id}/actions"): TELLER,
    ("POST", "/cleanup/cases/{id}/actions/preview"): {"teller", "supervisor"},
    ("POST", "/cleanup/cases/{id}/contacts"): TELLER,
    ("POST", "/cleanup/actions/{id}/undo"): TELLER,
    ("POST", "/transfers/preview"): MAKERS,
    ("POST", "/transfers"): MAKERS,
    ("POST", "/transfers/batch"): {"teller", "gateway"},
    ("GET", "/transfers/{id}"): ALL,
    ("GET", "/transfers"): STAFF,
    ("POST", "/transfers/{id}/cancel"): MAKERS,
    ("POST", "/transfers/{id}/delays"): COMPLIANCE,
    ("GET", "/transfers/{id}/events"): STAFF,
    # Numbers alone.
    ("GET", "/punctuality"): STAFF,
    ("POST", "/payee-inquiries"): MAKERS,
    ("POST", "/suspicions"): DESK | {"gateway"},
    ("GET", "/suspicions"): {"compliance", "auditor"},
    ("POST", "/blacklist/certificates"): COMPLIANCE,
    ("GET", "/blacklist/certificates"): {"compliance", "auditor"},
    ("GET", "/blacklist/certificates/{id}"): {"compliance", "auditor"},
    ("POST", "/blacklist/certificates/{id}/corrections"): COMPLIANCE,
    ("POST", "/blacklist/certificates/{id}/revocations"): COMPLIANCE,
    ("POST", "/blacklist/certificates/{id}/subjects/{id}/revocations"): COMPLIANCE,
    ("POST", "/blacklist/certificates/{id}/case-accounts/{id}/revocations"): COMPLIANCE,
    ("POST", "/blacklist/certificates/{id}/appeals"): COMPLIANCE,
    ("GET", "/blacklist/appeals"): {"compliance", "auditor"},
    ("POST", "/blacklist/appeals/{id}/moves"): COMPLIANCE,
    ("POST", "/blacklist/appeals/{id}/attachments"): COMPLIANCE,
    ("GET", "/blacklist/appeals/{id}/attachments"): {"compliance", "auditor"},
    ("GET", "/blacklist/appeals/{id}/attachments/{id}"): COMPLIANCE,
    ("POST", "/blacklist/screenings"): DESK,
    ("GET", "/sandbox/clock"): ALL,
    ("PUT", "/sandbox/clock"): ALL,
    ("POST", "/sandbox/clock/advance"): ALL,
}
NOT_KEYED = {
    "/customers/lookup",
    "/accounts/lookup",
    "/cleanup/cases/{id}/actions/preview",
    "/letters/checks",
    "/transfers/preview",
    "/transfers/batch",
    "/payee-inquiries",
    "/blacklist/screenings",
    "/sandbox/clock",
    "/sandbox/clock/advance",
}
#: Acts of people at a screen; the contract has no call for them.
AT_THE_DESK = {
    Permission.VIEW_APPROVALS: STAFF - TELLER,
    Permission.FIND_CUSTOMER: STAFF,
    Permission.UNMASK_CUSTOMER: DESK,
    Permission.UNMASK_CERTIFICATE: COMPLIANCE,
    Permission.VIEW_DUE_LETTERS: STAFF - TELLER,
    Permission.VIEW_EVIDENCE: {"compliance", "auditor"},
    Permission.VIEW_TRAIL: {"auditor"},
    Permission.EXPORT_EVIDENCE: {"auditor"},
    Permission.EXPORT_CASE: {"compliance", "auditor"},
    Permission.VIEW_PROOF: {"supervisor", "compliance", "auditor"},
    Permission.RUN_PROOF: {"auditor"},
}
UNKNOWN = "01900000-0000-7000-8000-000000000000"


def declared() -> dict[tuple[str, str], set[str]]:
    return {
        (method, route.path): {str(role) for role in roles}
        for route in routes()
        for method, roles in route.view.roles.items()
    }


def test_every_call_of_the_contract_exists_and_no_other():
    assert sorted(declared()) == sorted(MATRIX)


@pytest.mark.parametrize(("method", "path"), MATRIX, ids=lambda value: value)
def test_a_call_is_for_its_roles(method, path):
    assert declared()[method, path] == MATRIX[method, path]


@pytest.mark.parametrize("act", AT_THE_DESK)
def test_an_act_at_the_desk_is_for_its_roles_and_for_no_machine(act):
    assert {str(role) for role in ROLES[act]} == AT_THE_DESK[act]


def test_no_call_shows_personal_data_whole():
    unmasking = {each for each in ROLES if each.startswith("unmask_")}
    assert unmasking == {Permission.UNMASK_CUSTOMER, Permission.UNMASK_CERTIFICATE}
    assert not any(route.path.endswith("unmask") for route in routes())


def test_changing_calls_take_a_key_and_looking_up_does_not():
    not_keyed = {route.path for route in routes() if {"POST", "PUT"} & set(route.view.roles) and not route.view.keyed}
    assert not_keyed == NOT_KEYED


def test_an_auditor_only_reads():
    changing = {
        path
        for (method, path), roles in MATRIX.items()
        if method != "GET" and "auditor" in roles and "sandbox" not in path
    }
    assert not changing


@pytest.mark.parametrize("role", [*sorted(ALL), "anonymous"])
def test_role_may_do_exactly_the_listed_acts_over_http(ask, client_for, noon, role):
    wrong = {}
    bearer = "" if role == "anonymous" else client_for(role).bearer
    for (method, path), roles in MATRIX.items():
        answer = ask(
            method,
            path.replace("{id}", UNKNOWN),
            b"" if method == "GET" else b"{}",
            bearer=bearer,
            Idempotency_Key="k-" + path,
        )
        code = answer.json().get("code")
        expected = (
            answer.status_code == 401
            if role == "anonymous"
            else code not in {"ROLE_NOT_ALLOWED", "METHOD_NOT_ALLOWED", "UNAUTHENTICATED"} and answer.status_code < 500
            if role in roles
            else (answer.status_code, code) == (403, "ROLE_NOT_ALLOWED")
        )
        if not expected:
            wrong[method, path] = (answer.status_code, code)
    assert not wrong
