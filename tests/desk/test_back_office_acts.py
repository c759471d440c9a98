"""The back office offers acts of administration only; business is done at the desk."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User

from config.frames.back_office.acts import ActingAdmin
from config.frames.desk.form_acts import new_form_key
from config.kernel.access.permissions import ROLES
from config.kernel.models import Decision, Role
from tests import factories, people
from tests.back_office import address
from tests.desk.pages import text_of
from tests.desk.test_matrix import PEOPLE

pytestmark = pytest.mark.django_db

#: What administrators do here; an act that is not listed fails.
ACTS = {
    "approve",
    "reject",
    "withdraw",
    "switch-off",
    "collect-code",
    "collect-key",
    "propose-administrator",
    "propose-enrolment",
    "propose-key",
    "propose-no-administrator",
    "propose-switch-on",
    "propose-user",
}


def test_every_act_is_listed_and_is_an_administrators_alone():
    acts = {act for managed in admin.site._registry.values() for act in getattr(managed, "acts", ())}
    assert {act.name for act in acts} == ACTS
    assert {str(role) for act in acts for role in ROLES[act.needs]} == {"administrator"}
    assert set(Role.values) - {"atm", "gateway", "administrator"} == set(PEOPLE)


@pytest.fixture
def machine(noon):
    return people.principal("atm-77", "atm")


@pytest.mark.parametrize("role", PEOPLE)
def test_user_without_the_permission_is_refused_in_words(staff, role, machine):
    client = staff(role)
    assert address(machine, "switch-off") not in text_of(client.get(address(machine)))
    answer = client.post(address(machine, "switch-off"), {"once": new_form_key()})
    assert answer.status_code == 403
    for words in ("ROLE_NOT_ALLOWED", "请求号", answer["X-Request-Id"]):
        assert words in text_of(answer)
    machine.refresh_from_db()
    assert machine.active


def test_a_role_alone_does_not_open_it(signed_in, machine):
    """A person who is not staff has no back office; without the view permission a table has no acts."""
    client = signed_in("teller")
    assert client.get(address(machine)).status_code == 302
    assert client.post(address(machine, "switch-off"), {"once": new_form_key()}).status_code == 302
    User.objects.filter(username="teller").update(is_staff=True)
    assert client.post(address(machine, "switch-off"), {"once": new_form_key()}).status_code == 403
    machine.refresh_from_db()
    assert machine.active


def test_a_password_alone_opens_no_act(staff, machine):
    client = staff("superuser")
    session = client.session
    del session["otp_device_id"]
    session.save()
    answer = client.post(address(machine, "switch-off"), {"once": new_form_key()})
    assert answer.url.startswith("/admin/login/")
    machine.refresh_from_db()
    assert machine.active


def test_looking_changes_nothing(staff, machine):
    client = staff("superuser")
    before = Decision.objects.count()
    assert client.get(address(machine, "switch-off"), {"once": new_form_key()}).status_code == 200
    assert client.head(address(machine, "switch-off")).status_code == 200
    machine.refresh_from_db()
    assert (Decision.objects.count(), machine.active) == (before, True)


def test_a_form_without_its_token_or_key_does_nothing(staff, machine):
    client = staff("superuser")
    answer = client.post(address(machine, "switch-off"), {"once": ""})
    assert answer.status_code == 400
    assert "IDEMPOTENCY_KEY_MISSING" in text_of(answer)
    client.handler.enforce_csrf_checks = True
    assert client.post(address(machine, "switch-off"), {"once": new_form_key()}).status_code == 403
    machine.refresh_from_db()
    assert machine.active


def test_an_act_is_offered_by_tables_that_stay_read_only():
    for managed in admin.site._registry.values():
        if getattr(managed, "acts", ()):
            assert isinstance(managed, ActingAdmin)


@pytest.mark.parametrize("role", [*PEOPLE, "superuser"])
def test_a_record_leads_to_the_desk_where_something_is_done_about_it(staff, role, proposal):
    card = factories.card(factories.account(factories.customer()))
    client = staff(role)
    for row, page in ((card, f"/desk/accounts/{card.account_id}"), (proposal, f"/desk/inbox/{proposal.id}")):
        shown = text_of(client.get(address(row)))
        assert f'href="{page}"' in shown
        for act in ("report-lost", "approve", "reject", "withdraw"):
            assert f"/{act}/" not in shown
    for act in ("approve", "reject", "withdraw"):
        assert client.post(address(proposal, act), {"once": new_form_key(), "remark": "x"}).status_code == 403
    proposal.refresh_from_db()
    assert proposal.status == "pending"
