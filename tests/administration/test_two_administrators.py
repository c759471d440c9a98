"""One administrator proposes, another approves; neither can do anything alone."""

import pytest
from django.contrib.auth.models import Group, User

from config.kernel import approvals
from config.kernel.access.keys import Caller, caller_of
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import BadRequest, Forbidden, MakerDecides, NotFound
from config.kernel.models import Administration, ApiKey, Approval, Decision, Enrolment, Person, Principal
from config.people import collection, immediate_acts, proposals, refusals
from tests import factories, people
from tests.administration.conftest import administrator, proposed

pytestmark = pytest.mark.django_db

CHEN = {"username": "chen", "staff_number": "10086"}


@pytest.fixture
def chen(approved) -> Person:
    """A person who can sign in and has no role."""
    return approved(proposals.propose_user, **CHEN).person


def test_nothing_is_so_before_another_administrator_approves(one, other):
    approval = proposed(proposals.propose_user, one, **CHEN)
    assert not User.objects.filter(username="chen").exists()
    assert not Person.objects.filter(staff_number="10086").exists()
    with pytest.raises(MakerDecides):
        perform(lambda: approvals.approve(approval.id, principal=one))
    perform(lambda: approvals.approve(approval.id, principal=other))
    user = User.objects.get(username="chen")
    assert (user.person.staff_number, user.is_active, user.is_staff, user.has_usable_password()) == (
        "10086", True, False, False,
    )  # fmt: skip
    kept = Decision.objects.filter(object_id=approval.object_id).order_by("id").values_list("kind", "principal_id")
    assert list(kept) == [("ask_administration", one.id), ("user", other.id)]


def test_a_second_name_of_the_same_person_is_no_second_person(one, other):
    """A person who was an administrator under another principal is the same person."""
    approval = proposed(proposals.propose_group, one, name="readers", views=["kernel.view_decision"])
    person = Person.objects.get(pk=one.person_id)
    Principal.objects.filter(pk=one.id).update(active=False)
    again = people.principal_of(person, "one-again", "administrator")
    with pytest.raises(MakerDecides):
        perform(lambda: approvals.approve(approval.id, principal=people.caller_for(again)))
    assert not Group.objects.exists()


@pytest.mark.parametrize("role", ["teller", "supervisor", "compliance", "auditor", "atm"])
def test_only_administrators_propose_and_approve(one, role):
    principal = factories.caller(role, "x")
    with pytest.raises(Forbidden):
        proposed(proposals.propose_group, principal, name="readers", views=[])
    approval = proposed(proposals.propose_group, one, name="readers", views=[])
    with pytest.raises(Forbidden):
        perform(lambda: approvals.approve(approval.id, principal=principal))


def test_the_bank_sees_no_proposal_of_administration(one, supervisor):
    approval = proposed(proposals.propose_group, one, name="readers", views=[])
    assert supervisor.get("/approvals").json()["results"] == []
    assert supervisor.get(f"/approvals/{approval.id}").status_code == 404
    assert supervisor.get("/approvals", kind="group").status_code == 400
    assert approvals.visible_to(one).get() == approval


def test_an_administrator_sees_no_proposal_of_the_bank(one, proposals_of_the_bank):
    assert not approvals.visible_to(one).exists()


@pytest.fixture
def proposals_of_the_bank(noon) -> None:
    factories.approved("freeze_lift", factories.customer())


def test_maker_and_checker_of_an_act_cannot_change(one, other):
    approval = proposed(proposals.propose_group, one, name="readers", views=[])
    perform(lambda: approvals.approve(approval.id, principal=other))
    Principal.objects.filter(pk=one.id).update(name="renamed")
    kept = Approval.objects.get(pk=approval.id)
    numbers = dict(Person.objects.values_list("id", "staff_number"))
    assert (kept.made_by_name, kept.made_by_staff_number) == ("one", numbers[one.person_id])
    assert (kept.decided_by_name, kept.decided_by_staff_number) == ("other", numbers[other.person_id])


@pytest.mark.parametrize("number", ["", "12 34", "工号1", "-1", "1-", "1" * 21])
def test_a_staff_number_is_written_in_one_way(one, number):
    with pytest.raises(BadRequest) as refused:
        proposed(proposals.propose_user, one, username="chen", staff_number=number)
    assert list(refused.value.fields) == ["staff_number"]


def test_a_person_is_registered_once(one, chen):
    with pytest.raises(refusals.StaffNumberTaken):
        proposed(proposals.propose_user, one, username="chen-2", staff_number=" 10086 ")
    with pytest.raises(refusals.NameTaken):
        proposed(proposals.propose_user, one, username="chen", staff_number="10087")
    with pytest.raises(refusals.NothingChanges):
        proposed(proposals.propose_user, one, person_id=chen.pk, **CHEN)


def test_a_provisional_number_is_replaced(one, other, approved):
    teller = Person.objects.get(principals=factories.caller("teller").id)
    user = people.signs_in(factories.caller("teller"))
    approved(proposals.propose_user, person_id=teller.pk, username=user.username, staff_number="a-7")
    teller.refresh_from_db()
    assert teller.staff_number == "A-7"


def test_views_and_groups_are_given_by_two(approved, chen):
    approved(proposals.propose_group, name="readers", views=["kernel.view_decision"])
    approved(
        proposals.propose_user,
        person_id=chen.pk, is_staff=True, views=["accounts.view_card"], groups=["readers"], **CHEN,
    )  # fmt: skip
    user = User.objects.get(username="chen")
    assert user.is_staff
    assert user.get_all_permissions() == {"accounts.view_card", "kernel.view_decision"}


@pytest.mark.parametrize("views", [["auth.change_user"], ["nothing.view_nothing"]], ids=str)
def test_only_views_are_given(one, views):
    with pytest.raises(BadRequest):
        proposed(proposals.propose_user, one, views=views, **CHEN)


def test_a_person_has_one_role_and_changes_it_by_two(one, approved, chen):
    first = approved(proposals.propose_principal, name="chen-teller", role="teller", person_id=chen.pk).principal
    with pytest.raises(refusals.PersonActs):
        proposed(proposals.propose_principal, one, name="chen-2", role="supervisor", person_id=chen.pk)
    perform(lambda: immediate_acts.switch_off_principal(principal=one, principal_id=first.pk))
    second = approved(proposals.propose_principal, name="chen-2", role="supervisor", person_id=chen.pk).principal
    assert (second.role, second.person) == ("supervisor", chen)
    with pytest.raises(refusals.PersonActs):
        proposed(proposals.propose_switch_on, one, principal_id=first.pk)


def test_switched_off_at_once_and_on_by_two(one, other, approved):
    atm = approved(proposals.propose_principal, name="atm-9", role="atm").principal
    perform(lambda: immediate_acts.switch_off_principal(principal=one, principal_id=atm.pk))
    atm.refresh_from_db()
    assert not atm.active
    approval = proposed(proposals.propose_switch_on, one, principal_id=atm.pk)
    atm.refresh_from_db()
    assert not atm.active
    perform(lambda: approvals.approve(approval.id, principal=other))
    atm.refresh_from_db()
    assert atm.active
    assert Decision.objects.filter(kind="switch_off", object_id=atm.pk, principal_id=one.id).count() == 1


@pytest.mark.parametrize(
    ("role", "person"), [("atm", True), ("teller", False), ("administrator", True), ("king", True)], ids=str
)
def test_role_that_is_unknown_or_does_not_fit_the_person_is_refused(one, chen, role, person):
    with pytest.raises(BadRequest):
        proposed(proposals.propose_principal, one, name="x", role=role, person_id=chen.pk if person else None)


def test_an_administrator_is_made_and_unmade_by_two(one, other, approved, chen):
    made = approved(proposals.propose_administrator, person_id=chen.pk).principal
    user = User.objects.get(username="chen")
    assert (made.role, made.name, user.is_superuser, user.is_staff) == ("administrator", "chen", True, True)
    approved(proposals.propose_administrator, person_id=chen.pk, active=False)
    made.refresh_from_db()
    user.refresh_from_db()
    assert (made.active, user.is_superuser) == (False, False)
    again = approved(proposals.propose_administrator, person_id=chen.pk).principal
    assert again == made


def test_administrator_has_no_business_role(one, approved, chen):
    approved(proposals.propose_principal, name="chen", role="teller", person_id=chen.pk)
    with pytest.raises(refusals.PersonActs):
        proposed(proposals.propose_administrator, one, person_id=chen.pk)
    with pytest.raises(refusals.PersonActs):
        proposed(proposals.propose_principal, one, name="x", role="teller", person_id=one.person_id)
    with pytest.raises(refusals.NoKeyForAdministrators):
        proposed(proposals.propose_key, one, principal_id=one.id)


def test_two_administrators_always_remain(one, other, approved):
    for away in (
        lambda: immediate_acts.switch_off_principal(principal=one, principal_id=other.id),
        lambda: immediate_acts.switch_off_person(principal=one, person_id=other.person_id),
    ):
        with pytest.raises(refusals.TooFewAdministrators):
            perform(away)
    with pytest.raises(refusals.TooFewAdministrators):
        approved(proposals.propose_administrator, person_id=other.person_id, active=False)
    third = administrator("third")
    perform(lambda: immediate_acts.switch_off_person(principal=one, person_id=third.person_id))
    user = User.objects.get(username="third")
    assert (user.is_active, user.is_superuser, Principal.objects.get(pk=third.id).active) == (False, False, False)


class TestKeys:
    """A key is approved by two and collected once: a person's by the person, a machine's by the maker."""

    def test_key_of_a_machine_is_collected_by_its_approver_alone(self, one, other, approved):
        atm = people.principal("atm-9", "atm")
        row = approved(proposals.propose_key, principal_id=atm.pk)
        assert not ApiKey.objects.exists()
        with pytest.raises(NotFound):
            collect(one, row)
        key = collect(other, row)
        assert caller_of(key).id == atm.pk
        with pytest.raises(refusals.NotCollectable) as refused:
            collect(other, row)
        assert refused.value.fields["cause"] == "collected"
        assert [each.kind for each in Decision.objects.filter(object_id=row.pk).order_by("id")] == [
            "ask_administration", "api_key", "collect_key", "collect_key",
        ]  # fmt: skip

    def test_a_persons_is_collected_by_that_person_alone(self, one, other, approved):
        teller = factories.caller("teller")
        people.signs_in(teller)
        row = approved(proposals.propose_key, principal_id=teller.id)
        for administrator_ in (one, other):
            with pytest.raises(NotFound):
                collect(administrator_, row)
        with pytest.raises(NotFound):
            collect(factories.caller("teller", "x"), row)
        assert caller_of(collect(teller, row)).id == teller.id

    def test_approved_key_can_be_collected_for_some_days(self, other, approved, noon):
        row = approved(proposals.propose_key, principal_id=people.principal("atm-9", "atm").pk)
        noon.advance(days=7)
        with pytest.raises(refusals.NotCollectable) as refused:
            collect(other, row)
        assert refused.value.fields["cause"] == "lapsed"
        assert not ApiKey.objects.exists()

    def test_rotated_the_old_ones_end_when_the_new_one_is_collected(self, other, approved):
        atm = people.principal("atm-9", "atm")
        old = people.key(atm)
        row = approved(proposals.propose_key, principal_id=atm.pk, rotates=True)
        assert caller_of(old)
        fresh = collect(other, row)
        assert (caller_of(old), caller_of(fresh).id) == (None, atm.pk)

    def test_key_of_a_person_without_a_user_is_not_collected(self, one):
        with pytest.raises(refusals.NoUser):
            proposed(proposals.propose_key, one, principal_id=factories.caller("teller").id)

    def test_key_of_an_inactive_principal_is_not_proposed(self, one):
        atm = people.principal("atm-9", "atm", active=False)
        with pytest.raises(refusals.NotActive):
            proposed(proposals.propose_key, one, principal_id=atm.pk)

    def test_key_is_revoked_at_once(self, one):
        key = people.key(people.principal("atm-9", "atm"))
        row = ApiKey.objects.get()
        perform(lambda: immediate_acts.revoke_one_key(principal=one, key_id=row.pk))
        assert caller_of(key) is None
        with pytest.raises(refusals.NothingChanges):
            perform(lambda: immediate_acts.revoke_one_key(principal=one, key_id=row.pk))


def collect(by: Caller, row: Administration) -> str:
    return perform(lambda: collection.collect_key(principal=by, administration_id=row.pk))


def test_switched_off_a_person_neither_signs_in_nor_calls(one):
    teller = factories.caller("teller")
    user, key = people.signs_in(teller), people.key(teller)
    perform(lambda: immediate_acts.switch_off_person(principal=one, person_id=teller.person_id))
    user.refresh_from_db()
    assert (user.is_active, caller_of(key)) == (False, None)
    assert ApiKey.objects.get().revoked_at is not None
    assert not Enrolment.objects.exists()
