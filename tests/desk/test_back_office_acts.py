"""Acts of the back office: the desk's operations, for the roles that have them, once, and by POST alone."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.utils.html import escape

from accounts.models import Card
from config.frames.back_office.acts import ActingAdmin
from config.frames.desk.form_acts import new_once
from config.kernel.access.permissions import ROLES
from config.kernel.models import Decision, Role
from tests import factories
from tests.back_office import address
from tests.clock import NOON
from tests.desk.pages import english, text_of
from tests.desk.test_matrix import PEOPLE
from tests.transfers.conftest import money, pay_in
from tests.transfers.factories import end, held
from transfers.models import Event, Transfer

pytestmark = pytest.mark.django_db

DAY = timedelta(hours=24)
#: Who has which act; a pair that is not listed fails. Of the two that decide, each decides kinds of its own.
MATRIX = {
    "cancel": {"teller"},
    "report-lost": {"teller"},
    "approve": {"supervisor", "compliance"},
    "reject": {"supervisor", "compliance"},
    "withdraw": {"teller", "supervisor", "compliance"},
    "switch-off": {"administrator"},
    "collect-code": {"administrator"},
    "collect-key": {"administrator"},
    "propose-administrator": {"administrator"},
    "propose-enrolment": {"administrator"},
    "propose-key": {"administrator"},
    "propose-no-administrator": {"administrator"},
    "propose-switch-on": {"administrator"},
    "propose-user": {"administrator"},
}


@pytest.fixture
def payer(zhang):
    account = factories.account(zhang, "I")
    pay_in(account, 100_000)
    return account


@pytest.fixture
def card(payer) -> Card:
    return factories.card(payer, number="6228480000000005")


@pytest.fixture
def transfer(payer, li) -> Transfer:
    return held(payer, factories.account(li, "I"), amount_fen=30_000, due_at=NOON + DAY)[0]


def shows(number: str = factories.ZHANG.number, kind: str = "resident_id") -> dict[str, str]:
    return {"way": "in_person", "type": kind, "number": number, "once": new_once()}


def acts() -> dict[str, set[str]]:
    found = [act for managed in admin.site._registry.values() for act in getattr(managed, "acts", ())]
    return {act.name: {str(role) for role in ROLES[act.needs]} - {"atm", "gateway"} for act in found}


def test_every_act_is_listed_and_no_other():
    assert acts() == MATRIX
    assert set(Role.values) - {"atm", "gateway", "administrator"} == set(PEOPLE)


@pytest.mark.parametrize("role", [*PEOPLE, "superuser"])
def test_buttons_stand_for_the_roles_that_have_the_act(staff, role, transfer, card):
    client = staff(role)
    for row, act in ((transfer, "cancel"), (card, "report-lost")):
        page = text_of(client.get(address(row)))
        assert (address(row, act) in page) is (role in MATRIX[act]), act
        answer = client.get(address(row, act))
        assert answer.status_code == (200 if role in MATRIX[act] else 403), act
        assert ("<form method=" in text_of(answer).split('id="content-main"')[1]) is (role in MATRIX[act])


@pytest.mark.parametrize("role", sorted({*PEOPLE, "superuser"} - {"teller"}))
def test_who_has_not_the_act_is_refused_in_words(staff, role, transfer, card, payer):
    client = staff(role)
    for row, act, data in ((transfer, "cancel", shows()), (card, "report-lost", {"once": new_once()})):
        answer = client.post(address(row, act), data)
        assert answer.status_code == 403
        for words in ("ROLE_NOT_ALLOWED", "请求号", answer["X-Request-Id"]):
            assert words in text_of(answer)
    card.refresh_from_db()
    assert (money(payer), card.status) == ((100_000, 30_000), "active")


def test_a_role_alone_does_not_open_it(signed_in, transfer, payer):
    """Without being staff there is no back office, without the view of a table no act on it."""
    client = signed_in("teller")
    assert client.get(address(transfer)).status_code == 302
    assert client.post(address(transfer, "cancel"), shows()).status_code == 302
    User.objects.filter(username="teller").update(is_staff=True)
    assert client.post(address(transfer, "cancel"), shows()).status_code == 403
    assert money(payer) == (100_000, 30_000)


def test_an_administrator_has_no_act(staff, transfer, card):
    client = staff("superuser")
    assert client.post(address(transfer, "cancel"), shows()).status_code == 403
    assert client.post(address(card, "report-lost"), {"once": new_once()}).status_code == 403


def test_a_password_alone_opens_no_act(staff, transfer, payer):
    client = staff("teller")
    session = client.session
    del session["otp_device_id"]
    session.save()
    assert client.post(address(transfer, "cancel"), shows()).url.startswith("/admin/login/")
    assert money(payer) == (100_000, 30_000)


def test_looking_changes_nothing(staff, transfer, card, payer):
    client = staff("teller")
    before = Decision.objects.count()
    for path in (address(transfer, "cancel"), address(card, "report-lost")):
        assert client.get(path, shows()).status_code == 200
        assert client.head(path).status_code == 200
    assert Decision.objects.count() == before
    assert money(payer) == (100_000, 30_000)


def test_a_form_without_its_token_or_key_does_nothing(staff, transfer, payer):
    client = staff("teller")
    answer = client.post(address(transfer, "cancel"), shows() | {"once": ""})
    assert answer.status_code == 400
    assert "IDEMPOTENCY_KEY_MISSING" in text_of(answer)
    client.handler.enforce_csrf_checks = True
    assert client.post(address(transfer, "cancel"), shows()).status_code == 403
    assert money(payer) == (100_000, 30_000)


# --- cancel a transfer ---------------------------------------------------------------------------------


def test_the_payer_shows_himself_and_the_transfer_is_cancelled(staff, transfer, payer):
    client = staff("teller")
    answer = client.post(address(transfer, "cancel"), shows(), follow=True)
    assert answer.redirect_chain == [(address(transfer), 302)]
    assert "已撤销，预留金额即时释放。" in text_of(answer)
    assert address(transfer, "cancel") not in text_of(answer)
    assert money(payer) == (100_000, 0)
    assert Event.objects.get(transfer=transfer, new_status="cancelled").actor.name == "teller"
    assert Decision.objects.get(kind="cancel_transfer").principal.name == "teller"


@pytest.mark.parametrize("left", ["way", "type"])
def test_how_the_payer_was_identified_is_chosen(staff, transfer, left):
    client = staff("teller")
    form = client.get(address(transfer, "cancel")).context["form"]
    assert form[left].value() is None
    answer = client.post(address(transfer, "cancel"), shows() | {left: ""})
    assert list(answer.context["form"].errors) == [left]
    assert f'id="id_{left}_error"' in text_of(answer)
    transfer.refresh_from_db()
    assert transfer.status == "held"
    assert not Decision.objects.filter(kind="cancel_transfer").exists()


def test_a_form_sent_twice_cancels_once(staff, transfer):
    client, shown = staff("teller"), shows()
    first, second = client.post(address(transfer, "cancel"), shown), client.post(address(transfer, "cancel"), shown)
    assert first.url == second.url == address(transfer)
    assert Event.objects.filter(transfer=transfer, new_status="cancelled").count() == 1
    assert "未重复办理" in text_of(client.get(address(transfer)))


@pytest.mark.parametrize(("language", "words"), [("zh", "不是"), ("en", "applicant")])
def test_nobody_else_cancels_and_nothing_typed_is_lost(staff, transfer, payer, language, words):
    client = staff("teller")
    if language == "en":
        english(client)
    shown = shows(factories.LI.number)
    answer = client.post(address(transfer, "cancel"), shown)
    page = text_of(answer)
    assert answer.status_code == 422
    for each in ("NOT_THE_PAYER", "银发〔2016〕261号", answer["X-Request-Id"], shown["number"]):
        assert each in page
    desk = text_of(client.post(f"/desk/transfers/{transfer.id}/cancel", shown | {"once": new_once()}))
    said = page.split('id="problem"')[1].split('<p class="mb-1">')[1].split("</p>")[0]
    assert said in desk
    assert money(payer) == (100_000, 30_000)


def test_what_was_posted_meanwhile_is_said_and_the_form_is_gone(staff, transfer, noon):
    client, due = staff("teller"), noon.set(transfer.due_at)
    end(transfer, "posted", settled_at=due, ended_at=due)
    answer = client.post(address(transfer, "cancel"), shows())
    assert answer.status_code == 409
    assert "ALREADY_POSTED" in text_of(answer)
    assert 'name="number"' not in text_of(answer)
    page = text_of(client.get(address(transfer)))
    assert address(transfer, "cancel") not in page
    assert "已到账" in page


@pytest.mark.parametrize(
    ("seconds", "status"), [(-1e-6, 302), (0, 409), (1e-6, 409)], ids=["just before", "at", "just after"]
)
def test_the_due_instant_ends_it(staff, transfer, noon, seconds, status):
    client = staff("teller")
    noon.set(NOON + DAY + timedelta(seconds=seconds))
    answer = client.post(address(transfer, "cancel"), shows())
    assert answer.status_code == status
    if status == 409:
        assert "CANCEL_TOO_LATE" in text_of(answer)


@pytest.mark.parametrize(
    ("shown", "field"),
    [(shows(""), "id_number_error"), (shows("X1234567", "passport"), "id_country_error")],
    ids=["empty", "passport without country"],
)
def test_says_beside_the_field_what_is_wrong(staff, transfer, shown, field):
    answer = staff("teller").post(address(transfer, "cancel"), shown)
    assert answer.status_code == 400
    assert f'id="{field}"' in text_of(answer)


def test_there_is_no_early_release_for_anybody(staff, transfer):
    for role in (*PEOPLE, "superuser"):
        client = staff(role)
        assert "release/" not in text_of(client.get(address(transfer)))
        assert client.post(f"/admin/transfers/transfer/{transfer.pk}/release/").status_code in {302, 404}
    transfer.refresh_from_db()
    assert transfer.status == "held"


# --- report a card lost --------------------------------------------------------------------------------


def test_a_card_is_reported_lost(staff, card):
    client = staff("teller")
    page = text_of(client.get(address(card, "report-lost")))
    assert "622848******0005" in page
    assert "6228480000000005" not in page
    answer = client.post(address(card, "report-lost"), {"once": new_once()}, follow=True)
    assert answer.redirect_chain == [(address(card), 302)]
    assert "已挂失" in text_of(answer)
    assert address(card, "report-lost") not in text_of(answer)
    card.refresh_from_db()
    assert (card.status, card.slot) == ("lost", 1)


def test_a_card_is_reported_lost_once(staff, card):
    client, form = staff("teller"), {"once": new_once()}
    assert client.post(address(card, "report-lost"), form).status_code == 302
    assert client.post(address(card, "report-lost"), form).status_code == 302
    assert Decision.objects.filter(kind="report_card_lost").count() == 1
    again = client.post(address(card, "report-lost"), {"once": new_once()})
    assert again.status_code == 409
    assert "CARD_STATE" in text_of(again)
    assert 'name="once"' not in text_of(again)


def test_speaks_english_when_asked(staff, card, transfer):
    client = english(staff("teller"))
    for row, act, words in (
        (card, "report-lost", ("Report card lost", "still counts towards the limit of four", "Cancel")),
        (transfer, "cancel", ("Cancel a transfer", "Only the payer can request cancellation", "Resident ID card")),
    ):
        content = text_of(client.get(address(row, act))).split('id="content-start"')[1]
        for each in words:
            assert escape(each) in content
        assert "挂失" not in content
        assert "撤销" not in content


def test_an_act_is_offered_by_tables_that_stay_read_only():
    for managed in admin.site._registry.values():
        if getattr(managed, "acts", ()):
            assert isinstance(managed, ActingAdmin)
