"""A person sets a password and a second factor with a code on paper; no administrator learns either."""

import base64

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import transaction
from django_otp.oath import TOTP

from config.kernel.database.transactions import perform
from config.kernel.law.refusals import BadRequest, NotFound
from config.kernel.models import Administration, Decision, Enrolment, Founding, Person, Principal, SecondFactor
from config.people import collection, proposals, queries, refusals
from tests import factories, people
from tests.signed_in_browser import browser_of

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-and-quiet-evening"


@pytest.fixture
def row(approved) -> Administration:
    return approved(proposals.propose_user, username="chen", staff_number="10086")


@pytest.fixture
def code(one, other, row) -> str:
    return code_of(one, other, row)


def half(who, row) -> str:
    return perform(lambda: collection.collect_enrolment_code(principal=who, administration_id=row.pk))[0]


def code_of(one, other, row) -> str:
    """Return the code of an act that one administrator proposed and the other approved."""
    return f"{half(one, row)} {half(other, row)}"


def begin(code: str, name: str = "chen") -> str:
    return perform(lambda: collection.begin_enrolment(username=name, code=code))


def finish(code: str, seed: str, *, name: str = "chen", password: str = PASSWORD, token: str = "") -> User:
    shown = token or f"{TOTP(base64.b32decode(seed)).token():06d}"
    return perform(lambda: collection.finish_enrolment(username=name, code=code, password=password, token=shown))


def test_person_enrols_once_with_the_code(code):
    user = finish(code, begin(code))
    assert user.check_password(PASSWORD)
    device = SecondFactor.objects.get(user=user)
    assert device.confirmed
    assert Decision.objects.get(kind="enrol").facts["username"] == "chen"
    for again in (lambda: begin(code), lambda: finish(code, "A" * 32)):
        with pytest.raises(refusals.EnrolmentRefused):
            again()


def test_both_deciders_collect_one_half_each_once(one, other, row):
    stranger = people.caller_for(people.administrator("third").person.principals.get())
    with pytest.raises(NotFound):
        half(stranger, row)
    text, until = perform(lambda: collection.collect_enrolment_code(principal=one, administration_id=row.pk))
    kept = Enrolment.objects.get()
    assert (kept.until, kept.person) == (until, row.person)
    assert text.encode() not in bytes(kept.digest)
    with pytest.raises(refusals.NotCollectable):
        half(one, row)
    assert half(other, row) != text
    with pytest.raises(refusals.NotCollectable):
        half(other, row)
    assert Enrolment.objects.count() == 1


def test_no_key_of_the_bank_and_no_row_makes_a_half_again(one, other, row):
    """The halves are random: the database and its keys do not give a collected code."""
    begun = transaction.savepoint_create()
    drawn = half(one, row)
    transaction.savepoint_rollback(begun)
    first = half(one, row)
    assert first != drawn
    assert Enrolment.objects.get().waiting_half not in (None, first)
    second = half(other, row)
    kept = Enrolment.objects.get()
    assert kept.waiting_half is None
    assert begin(f"{first} {second}")


def test_approver_may_collect_first(one, other, row):
    second, first = half(other, row), half(one, row)
    assert begin(f"{first} {second}")


def test_the_half_that_waits_is_sealed(one, row):
    half(one, row)
    waiting = Enrolment.objects.get().waiting_half
    (stored,) = Enrolment.objects.values_list("waiting_half", flat=True)
    assert waiting.encode() not in bytes(stored)


@pytest.mark.parametrize("kept", [None, b"\x011" + b"x" * 60], ids=["none", "damage"])
def test_missing_half_of_a_code_requires_a_new_proposal(one, other, row, kept):
    half(one, row)
    Enrolment.objects.update(waiting_half=kept)
    with pytest.raises(refusals.NotCollectable) as refused:
        half(other, row)
    assert "重新提交" in refused.value.detail("zh")


def test_deciders_cannot_enrol_as_another_person(one, other, row):
    first, second = half(one, row), half(other, row)
    for alone in (first, second, f"{first} {first}", f"{second} {second}", f"{second} {first}"):
        with pytest.raises(refusals.EnrolmentRefused):
            begin(alone)
    assert begin(f"{first} {second}")


@pytest.mark.parametrize(
    ("name", "change"), [("chen", "wrong"), ("other", ""), ("nobody", ""), ("chen", "late"), ("chen", "off")]
)
def test_answer_does_not_reveal_the_wrong_part(code, noon, name, change):
    if change == "late":
        noon.advance(days=7)
    if change == "off":
        User.objects.filter(username="chen").update(is_active=False)
    with pytest.raises(refusals.EnrolmentRefused) as refused:
        begin("AAAA-AAAA-AAAA-AAAA" if change == "wrong" else code, name)
    assert refused.value.fields == {}
    assert not SecondFactor.objects.filter(user__username="chen").exists()


def test_case_spaces_and_hyphens_of_the_code_do_not_matter(code):
    assert begin(f" {code.lower().replace('-', ' ')} ")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"password": "short"}, "password"),
        ({"password": "qwerty123456"}, "password"),
        ({"password": "740285193602"}, "password"),
        ({"token": "000000"}, "token"),
    ],
    ids=str,
)
def test_a_weak_password_or_a_wrong_first_code_leaves_the_enrolment_open(code, typed, field):
    seed = begin(code)
    if typed.get("token") == f"{TOTP(base64.b32decode(seed)).token():06d}":
        typed = {"token": "111111"}
    with pytest.raises(BadRequest) as refused:
        finish(code, seed, **typed)
    assert list(refused.value.fields) == [field]
    user = User.objects.get(username="chen")
    assert not user.has_usable_password()
    assert not SecondFactor.objects.filter(user=user, confirmed=True).exists()
    assert Enrolment.objects.get().used_at is None


def test_a_prepared_second_factor_opens_nothing_before_it_is_confirmed(code):
    from config.frames.desk.second_factors import device_with_code

    seed = begin(code)
    user = User.objects.get(username="chen")
    assert device_with_code(user.pk, f"{TOTP(base64.b32decode(seed)).token():06d}") is None


def test_enrolled_again_by_two_the_old_password_factor_and_session_end_at_once(one, other, approved):
    teller = factories.caller("teller")
    user = people.signs_in(teller)
    user.set_password(PASSWORD)
    user.save()
    desk = browser_of(user)
    assert desk.get("/desk/").status_code == 200
    row = approved(proposals.propose_enrolment, person_id=teller.person_id)
    user.refresh_from_db()
    assert not user.has_usable_password()
    assert not SecondFactor.objects.filter(user=user).exists()
    assert desk.get("/desk/").url.startswith("/desk/sign-in")
    text = code_of(one, other, row)
    assert finish(text, begin(text, "teller"), name="teller").check_password(PASSWORD)


class TestFirstAdministrators:
    """The owner of the database creates the first two together, and recovery of access is recorded."""

    def test_first_two_administrators_are_created_together(self, noon, capsys):
        call_command("first_administrators", "zhao", "a1", "qian", "a2")
        invitations = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
        assert [each[0] for each in invitations] == ["zhao", "qian"]
        assert [each.name for each in queries.administrators().order_by("name")] == ["qian", "zhao"]
        assert sorted(Person.objects.values_list("staff_number", flat=True)) == ["A1", "A2"]
        assert finish(invitations[0][1], begin(invitations[0][1], "zhao"), name="zhao").is_superuser
        assert Decision.objects.filter(kind="first_administrators", principal=None).count() == 2
        assert set(Founding.objects.values_list("why", flat=True)) == {"first"}
        with pytest.raises(CommandError, match="ENOUGH_ADMINISTRATORS"):
            call_command("first_administrators", "sun", "a3", "li", "a4")

    def test_sole_administrator_becomes_one_of_the_two(self, noon):
        root = people.administrator("root", password=PASSWORD)
        call_command("first_administrators", "root", "a1", "qian", "a2")
        root.refresh_from_db()
        assert (root.person.staff_number, root.check_password(PASSWORD)) == ("A1", True)
        assert queries.administrators().count() == 2

    @pytest.mark.parametrize("named", [("a", "1", "a", "2"), ("a", "1", "b", "1"), ("a", "x1", "b", "X1")], ids=str)
    def test_first_two_administrators_are_two_persons(self, noon, named):
        with pytest.raises(CommandError, match="two different persons"):
            call_command("first_administrators", *named)
        assert not User.objects.exists()

    def test_person_with_a_business_role_is_no_first_administrator(self, noon):
        people.signs_in(factories.caller("teller"))
        with pytest.raises(CommandError, match="PERSON_ACTS"):
            call_command("first_administrators", "qian", "a2", "teller", "a1")
        assert not Principal.objects.filter(role="administrator").exists()

    def test_broken_glass_is_on_record(self, noon, capsys, caplog):
        people.administrator("root")
        people.administrator("deputy")
        call_command("break_glass", "root", "a1")
        text = capsys.readouterr().out.split("\t")[1]
        assert finish(text, begin(text, "root"), name="root")
        assert Decision.objects.get(kind="break_glass").principal is None
        assert [each.levelname for each in caplog.records if each.name == "bank.people"] == ["CRITICAL"]
        assert "break_glass" in Founding.objects.values_list("why", flat=True)

    @pytest.mark.parametrize("command", ["createsuperuser", "changepassword"])
    def test_djangos_own_commands_are_refused(self, command):
        with pytest.raises(CommandError, match="first_administrators"):
            call_command(command)

    @pytest.mark.parametrize("command", [["seed_principals", "--keys-file", "x"], ["seed_desk_users"]], ids=str)
    def test_the_demo_is_a_sandboxs(self, settings, command, tmp_path):
        settings.SANDBOX = False
        with pytest.raises(CommandError, match="sandbox"):
            call_command(*[str(tmp_path / each) if each == "x" else each for each in command])
        assert not Principal.objects.exists()
