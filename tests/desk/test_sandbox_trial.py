"""The sandbox's trial aids: roles that fill in their sign-in, 试试看 with working numbers; absent in production."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client

from config.frames.desk import trial
from config.frames.desk.demo_users import PASSWORD
from config.kernel.database.clock import bank_now, begin_earlier, runs_behind
from config.kernel.models import Decision, SecondFactor
from config.people.demo_users import ensure_users
from tests.desk.pages import english, text_of
from tests.people import principal
from transfers.management.commands.seed_bank import CERTIFICATES, customers

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(noon):
    for role in trial.OFFERED:
        principal(role, role)
    ensure_users()


@pytest.mark.parametrize("name", trial.OFFERED)
def test_click_fills_in_a_role_which_can_then_sign_in(people, name):
    client = Client()
    assert f"?try={name}" in text_of(client.get("/desk/sign-in"))
    page = client.get("/desk/sign-in", {"try": name, "next": "/desk/inbox"})
    shown = page.context["form"].initial
    assert PASSWORD in text_of(page)
    assert client.post("/desk/sign-in", shown).status_code == 302
    # The code is used up: the next click fills in the following one.
    assert trial.demo_sign_in_data(name)["code"] != shown["code"]


def test_no_role_is_offered_outside_a_sandbox(people, settings):
    settings.SANDBOX = False
    page = text_of(Client().get("/desk/sign-in", {"try": "teller"}))
    assert 'href="?try=' not in page
    assert PASSWORD not in page


def test_enrolled_person_is_not_offered_and_other_names_fill_in_nothing(people):
    SecondFactor.objects.filter(user__username="teller").delete()
    page = text_of(Client().get("/desk/sign-in", {"try": "teller"}))
    assert 'href="?try=teller' not in page
    assert PASSWORD not in page
    assert trial.demo_sign_in_data("admin") == {}


def test_five_things_to_try_with_a_code_and_the_roles_of_the_others(people, settings):
    teller = Client()
    teller.post("/desk/sign-in", trial.demo_sign_in_data("teller"))
    page = text_of(teller.get("/desk/try"))
    for task in trial.TRIALS:
        assert str(task.title.zh) in page
    assert "您现在可用的动态口令" in page
    assert "Things to try" in text_of(english(teller).get("/desk/try"))
    settings.SANDBOX = False
    assert teller.get("/desk/try").status_code == 404


def test_every_suggested_number_exists_in_the_small_bank():
    known = {number for _, number, _ in customers()}
    known |= {subject.document.number for paper in CERTIFICATES for subject in paper.subjects}
    assert {number for task in trial.TRIALS for number in task.numbers} <= known


def test_the_clock_of_a_bank_in_which_something_was_decided_never_goes_back(noon):
    noon.run()
    assert begin_earlier(timedelta(hours=1))
    assert runs_behind()
    call_command("seed_day", "live")
    assert not runs_behind()
    Decision.objects.create(at=bank_now(), kind="k", outcome="allowed", policy_version="v")
    assert not begin_earlier(timedelta(hours=1))
    assert not runs_behind()
