"""A person with user and role in one act: new, in another role, back again, and several from a file."""

import pytest
from django.contrib.auth.models import User

from config.kernel import approvals
from config.kernel.access.keys import caller_of
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import BadRequest, Forbidden, MakerDecides
from config.kernel.models import Administration, Approval, Enrolment, Person, Principal, SignIn
from config.people import collection, immediate_acts, people_files, refusals, staff
from config.people.people_files import NewPerson
from tests import factories, people
from tests.administration.conftest import administrator, proposed
from tests.proof_findings import violated

pytestmark = pytest.mark.django_db

PROOF = ("I71", "I72", "I73")


@pytest.fixture
def new(approved):
    """Return a function that creates a person in one act."""

    def act(name="陈嘉禾", staff_number="1001", role="teller") -> Person:
        return approved(staff.propose_new_person, name=name, staff_number=staff_number, role=role).person

    return act


def role_of(person: Person) -> tuple[str, str] | None:
    return Principal.objects.filter(person=person, active=True).values_list("role", "name").first()


class TestNewPerson:
    def test_one_approval_makes_person_user_principal_and_two_halves_of_a_code(self, one, other, new):
        approval = proposed(staff.propose_new_person, one, name="陈嘉禾", staff_number="b-1001", role="teller")
        assert not Person.objects.filter(staff_number="B-1001").exists()
        perform(lambda: approvals.approve(approval.id, principal=other))
        row = Administration.objects.get(pk=approval.object_id)
        assert (row.person.staff_number, row.person.user.username) == ("B-1001", "B-1001")
        assert not row.person.user.has_usable_password()
        assert role_of(row.person) == ("teller", "陈嘉禾")
        for by in (one, other):
            perform(lambda by=by: collection.collect_enrolment_code(principal=by, administration_id=row.pk))
        assert Enrolment.objects.get().person == row.person
        assert violated(*PROOF) == set()

    def test_an_administrator_is_made_in_one_act(self, new):
        person = new(name="root-3", staff_number="A3", role="administrator")
        person.user.refresh_from_db()
        assert (person.user.is_superuser, person.user.is_staff) == (True, True)
        assert role_of(person) == ("administrator", "root-3")
        assert violated(*PROOF) == set()

    def test_a_second_person_of_the_same_name_is_told_apart_by_the_number(self, new):
        assert role_of(new()) == ("teller", "陈嘉禾")
        assert role_of(new(staff_number="1002")) == ("teller", "陈嘉禾 1002")

    def test_staff_number_in_use_is_refused(self, one, new):
        new()
        with pytest.raises(refusals.StaffNumberTaken):
            proposed(staff.propose_new_person, one, name="别人", staff_number="1001", role="teller")

    def test_name_that_became_taken_is_refused_at_the_approval_and_nothing_is_written(self, one, other, new):
        approval = proposed(staff.propose_new_person, one, name="陈嘉禾", staff_number="1002", role="teller")
        new()
        with pytest.raises(refusals.NameTaken):
            perform(lambda: approvals.approve(approval.id, principal=other))
        assert not User.objects.filter(username="1002").exists()

    @pytest.mark.parametrize(
        ("field", "value"), [("role", "atm"), ("role", ""), ("staff_number", "1 2"), ("name", " "), ("name", "a\nb")]
    )
    def test_wrong_value_is_reported_with_its_field(self, one, field, value):
        typed = {"name": "陈嘉禾", "staff_number": "1001", "role": "teller"} | {field: value}
        with pytest.raises(BadRequest) as refused:
            proposed(staff.propose_new_person, one, **typed)
        assert list(refused.value.fields) == [field]
        assert not Administration.objects.exists()

    def test_other_roles_propose_nobody(self, noon):
        with pytest.raises(Forbidden):
            proposed(
                staff.propose_new_person, factories.caller("supervisor"), name="x", staff_number="1", role="teller"
            )


class TestChangeOfRole:
    def test_the_old_principal_its_keys_and_sessions_end(self, new, approved):
        person = new()
        old = Principal.objects.get(person=person)
        key = people.key(old)
        sign_in = SignIn.objects.create(user=person.user)
        approved(staff.propose_role, person_id=person.pk, role="supervisor")
        assert role_of(person) == ("supervisor", "陈嘉禾 1001")
        old.refresh_from_db()
        sign_in.refresh_from_db()
        assert (old.active, caller_of(key), sign_in.end) == (False, None, "elsewhere")
        approved(staff.propose_role, person_id=person.pk, role="teller")
        assert role_of(person) == ("teller", "陈嘉禾")
        assert violated(*PROOF) == set()

    def test_the_present_role_is_no_change(self, one, new):
        with pytest.raises(refusals.NothingChanges):
            proposed(staff.propose_role, one, person_id=new().pk, role="teller")

    def test_after_leaving_the_person_returns_by_two_with_user_and_role(self, one, new, approved):
        person = new()
        sign_in = SignIn.objects.create(user=person.user)
        perform(lambda: immediate_acts.switch_off_person(principal=one, person_id=person.pk))
        sign_in.refresh_from_db()
        assert (role_of(person), sign_in.end) == (None, "elsewhere")
        approved(staff.propose_role, person_id=person.pk, role="teller")
        person.user.refresh_from_db()
        assert (role_of(person), person.user.is_active) == (("teller", "陈嘉禾"), True)
        assert violated(*PROOF) == set()

    def test_a_change_proposed_before_the_person_left_is_stale(self, one, other, new):
        person = new()
        approval = proposed(staff.propose_role, one, person_id=person.pk, role="supervisor")
        perform(lambda: immediate_acts.switch_off_person(principal=one, person_id=person.pk))
        with pytest.raises(approvals.ApprovalStale):
            perform(lambda: approvals.approve(approval.id, principal=other))

    def test_one_of_two_administrators_takes_no_other_role(self, one, other):
        approval = proposed(staff.propose_role, one, person_id=one.person_id, role="teller")
        with pytest.raises(refusals.TooFewAdministrators):
            perform(lambda: approvals.approve(approval.id, principal=other))
        assert User.objects.get(username="one").is_superuser

    def test_a_third_administrator_becomes_a_teller_and_loses_the_rights(self, other, approved):
        third = administrator("third")
        approved(staff.propose_role, person_id=third.person_id, role="teller")
        user = User.objects.get(username="third")
        assert (user.is_superuser, user.is_staff) == (False, False)
        assert role_of(user.person) == ("teller", f"third {user.person.staff_number}")


class TestFile:
    ROWS = (NewPerson("陈嘉禾", "1001", "柜员"), NewPerson("周明", "1002", "supervisor"))

    def test_people_of_a_file_are_made_together_and_get_two_halves_each(self, one, other):
        file_id = perform(lambda: people_files.propose_people(principal=one, people=self.ROWS))
        decided = perform(lambda: decide(other, file_id))
        assert decided == 2
        assert [role_of(Person.objects.get(staff_number=number)) for number in ("1001", "1002")] == [
            ("teller", "陈嘉禾"),
            ("supervisor", "周明"),
        ]
        halves = [
            perform(lambda by=by: people_files.collect_halves(principal=by, file_id=file_id)) for by in (one, other)
        ]
        assert [[each.staff_number for each in half] for half in halves] == [["1001", "1002"]] * 2
        assert len({each.code for half in halves for each in half}) == 4
        with pytest.raises(BadRequest):
            perform(lambda: people_files.collect_halves(principal=one, file_id=file_id))
        assert violated(*PROOF) == set()

    def test_one_wrong_row_leaves_nothing(self, one):
        rows = (*self.ROWS, NewPerson("李", "1001", "teller"))
        with pytest.raises(BadRequest) as refused:
            perform(lambda: people_files.propose_people(principal=one, people=rows))
        assert "1001" in str(refused.value.fields["people"][0])
        assert not Approval.objects.exists()

    def test_one_refused_person_leaves_all_of_them_undecided(self, one, other, new):
        file_id = perform(lambda: people_files.propose_people(principal=one, people=self.ROWS))
        new(name="周明", staff_number="1003")
        with pytest.raises(BadRequest):
            perform(lambda: decide(other, file_id))
        assert not User.objects.filter(username="1001").exists()
        assert Approval.objects.filter(status="pending").count() == 2

    def test_the_proposer_does_not_approve_the_file(self, one):
        file_id = perform(lambda: people_files.propose_people(principal=one, people=self.ROWS))
        with pytest.raises(MakerDecides):
            perform(lambda: decide(one, file_id))
        assert Approval.objects.filter(status="pending").count() == 2

    def test_dry_run_names_row_column_and_sentence(self, one, new):
        new()
        rows = (*self.ROWS, NewPerson("李", "1002", "boss"), NewPerson("", "9 9", "teller"))
        found = [(place, column) for place, column, _ in people_files.faults_of(rows)]
        assert sorted(found) == [
            (0, "staff_number"),
            (2, "role"),
            (2, "staff_number"),
            (3, "name"),
            (3, "staff_number"),
        ]


def decide(by, file_id) -> int:
    return people_files.decide_people(
        principal=by, file_id=file_id, decide=lambda approval_id: approvals.approve(approval_id, principal=by)
    )


def test_sessions_are_ended_by_one_administrator(one, new):
    person = new()
    sign_in = SignIn.objects.create(user=person.user)
    assert perform(lambda: immediate_acts.end_sessions(principal=one, person_id=person.pk)) == 1
    sign_in.refresh_from_db()
    assert sign_in.end == "elsewhere"
    with pytest.raises(refusals.NothingChanges):
        perform(lambda: immediate_acts.end_sessions(principal=one, person_id=person.pk))
