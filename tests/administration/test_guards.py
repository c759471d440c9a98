"""With every check in Python removed, the database still requires two administrators."""

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import F

from config.kernel import approvals
from config.kernel.access.keys import new_key
from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform
from config.kernel.models import Administration, ApiKey, Approval, Enrolment, Founding, Person, Principal
from config.people import collection, proposals
from tests import factories, people
from tests.administration.conftest import proposed
from tests.clock import NOON
from tests.database_refusals import refused_by

pytestmark = pytest.mark.django_db(transaction=True)


def at_the_end() -> None:
    """Run the deferred checks, as the end of the transaction does."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class TestActivation:
    """A principal or key becomes active only by an approval in the same transaction."""

    def test_a_principal(self, noon):
        with refused_by("kernel_principal_administered"):
            Principal.objects.create(name="atm-9", role="atm")
            at_the_end()

    def test_earlier_approval_does_not_activate(self, one, approved):
        atm = approved(proposals.propose_principal, name="atm-9", role="atm").principal
        Principal.objects.filter(pk=atm.pk).update(active=False)
        with refused_by("kernel_principal_administered"):
            Principal.objects.filter(pk=atm.pk).update(active=True)
            at_the_end()

    @pytest.mark.parametrize("wrong", [{"name": "another"}, {"role": "gateway"}], ids=str)
    def test_approval_of_another_act_does_not_activate(self, one, other, wrong):
        approval = proposed(proposals.propose_principal, one, name="atm-9", role="atm")
        with refused_by("kernel_principal_administered"):
            made = Principal.objects.create(**{"name": "atm-9", "role": "atm"} | wrong)
            in_force(approval, other, principal=made)
            at_the_end()

    @pytest.mark.parametrize("left_out", ["approval", "second", "role"])
    def test_single_administrator_does_not_activate(self, one, other, left_out):
        approval = proposed(proposals.propose_principal, one, name="atm-9", role="atm")
        with refused_by("kernel_administration_second_administrator"):
            made = Principal.objects.create(name="atm-9", role="atm")
            if left_out == "approval":
                Administration.objects.filter(pk=approval.object_id).update(
                    status="active", in_force_at=NOON, principal=made
                )
            else:
                by = factories.caller("supervisor") if left_out == "role" else one
                if left_out == "second":
                    by = None
                in_force(approval, by, principal=made)
            at_the_end()

    def test_a_user(self, noon):
        with refused_by("kernel_user_administered"):
            User.objects.create_user("ghost")
            at_the_end()

    def test_deactivated_user_needs_an_approval(self, noon):
        clerk = people.user("clerk")
        User.objects.filter(pk=clerk.pk).update(is_active=False)
        with refused_by("kernel_user_administered"):
            User.objects.filter(pk=clerk.pk).update(is_active=True)
            at_the_end()

    def test_a_superuser(self, noon):
        clerk = people.user("clerk")
        with refused_by("kernel_superuser_is_administrator"):
            User.objects.filter(pk=clerk.pk).update(is_superuser=True)
            at_the_end()

    def test_an_administrator_is_a_superuser(self, one):
        user = User.objects.filter(username="one")
        with refused_by("kernel_superuser_is_administrator"):
            user.update(is_superuser=False)
            at_the_end()
        with refused_by("kernel_superuser_is_administrator"):
            Principal.objects.filter(pk=one.id).update(active=False)
            at_the_end()

    def test_an_administrator_signs_in(self, noon):
        person = Person.objects.create(staff_number="A-1")
        with refused_by("kernel_superuser_is_administrator"):
            people.principal_of(person, "x", "administrator")
            at_the_end()

    def test_a_key(self, one, approved):
        atm = people.principal("atm-9", "atm")
        _, row = new_key(atm.pk)
        with refused_by("kernel_apikey_administered"):
            row.save(force_insert=True)
            at_the_end()

    @pytest.mark.parametrize("role", ["atm", "teller"])
    def test_a_key_that_another_collects(self, one, approved, role):
        caller = factories.caller(role)
        if role == "teller":
            people.signs_in(caller)
        row = approved(proposals.propose_key, principal_id=caller.id)
        wrong = one.id
        _, key = new_key(caller.id, administration=row, collected_by_id=wrong)
        with refused_by("kernel_apikey_administered"):
            key.save(force_insert=True)
            at_the_end()

    def test_a_key_collected_too_late(self, other, approved, noon):
        atm = people.principal("atm-9", "atm")
        row = approved(proposals.propose_key, principal_id=atm.pk)
        noon.advance(days=7)
        _, key = new_key(atm.pk, administration=row, collected_by_id=other.id)
        with refused_by("kernel_apikey_administered"):
            key.save(force_insert=True)
            at_the_end()

    def test_a_key_of_an_administrator(self, one):
        with refused_by("kernel_apikey_no_administrators"):
            people.key(one)
            at_the_end()

    def test_an_enrolment(self, one, approved):
        person = Person.objects.get(pk=one.person_id)
        with refused_by("kernel_enrolment_administered"):
            Enrolment.objects.create(person=person, digest=b"x" * 32, issued_at=NOON, until=NOON)
            at_the_end()

    @pytest.mark.parametrize("change", ["number", "user"])
    def test_another_number_or_user_of_a_person(self, noon, change):
        person = Person.objects.get(principals=factories.caller("teller").id)
        what = {"staff_number": "A-9"} if change == "number" else {"user": people.user("clerk")}
        with refused_by("kernel_person_administered"):
            Person.objects.filter(pk=person.pk).update(**what)
            at_the_end()


def in_force(approval: Approval, by: object, **what: object) -> None:
    """Put an act in force with plain SQL, decided by the given person; None leaves it undecided."""
    if by is not None:
        Approval.objects.filter(pk=approval.pk).update(status="approved", decided_by=by.id, decided_at=NOON)
    Administration.objects.filter(pk=approval.object_id).update(status="active", in_force_at=NOON, **what)


class TestImmutableRows:
    """Written rows cannot be changed."""

    @pytest.mark.parametrize("change", [{"role": "supervisor"}, {"person": None}], ids=str)
    def test_the_role_and_the_person_of_a_principal(self, noon, change):
        with refused_by("kernel_principal_stands"):
            Principal.objects.filter(pk=factories.caller("teller").id).update(**change)

    def test_user_of_a_person_cannot_change(self, noon):
        teller = factories.caller("teller")
        people.signs_in(teller)
        with refused_by("kernel_person_stands"):
            Person.objects.filter(pk=teller.person_id).update(user=people.user("clerk"))

    @pytest.mark.parametrize(
        "change", [{"revoked_at": None}, {"digest": b"y" * 32}, {"principal": None}, {"expires_at": NOON}], ids=str
    )
    def test_a_revoked_key_never_comes_alive(self, noon, change):
        people.key(factories.caller("atm"))
        ApiKey.objects.update(revoked_at=NOON)
        with refused_by("kernel_apikey_stands"):
            ApiKey.objects.update(**change)

    def test_a_key_ends_no_later_than_it_was_issued_for(self, noon):
        people.key(factories.caller("atm"), expires_at=NOON)
        for later in ({"expires_at": None}, {"expires_at": NOON.replace(year=2027)}):
            with refused_by("kernel_apikey_stands"):
                ApiKey.objects.update(**later)
        ApiKey.objects.update(expires_at=NOON.replace(year=2025))

    def test_proposal_cannot_change(self, one, approved):
        row = approved(proposals.propose_principal, name="atm-9", role="atm")
        for change in ({"content": {}}, {"kind": "user"}, {"status": "pending", "in_force_at": None}):
            with refused_by("kernel_administration_stands"):
                Administration.objects.filter(pk=row.pk).update(**change)

    def test_a_code_that_was_used(self, one, approved):
        row = approved(proposals.propose_user, username="chen", staff_number="10086")
        perform(lambda: collection.collect_enrolment_code(principal=one, administration_id=row.pk))
        Enrolment.objects.update(used_at=NOON)
        with refused_by("kernel_enrolment_stands"):
            Enrolment.objects.update(used_at=None)

    @pytest.mark.parametrize(
        "model", [Person, Principal, ApiKey, Administration, Enrolment], ids=lambda each: each.__name__
    )
    def test_nothing_of_it_is_deleted(self, model):
        name = f"{model._meta.db_table}_append_only"
        with refused_by(name), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {model._meta.db_table}")

    def test_founding_record_cannot_change(self, noon):
        factories.caller("teller")
        with refused_by("kernel_founding_append_only"):
            Founding.objects.update(why="first")


class TestRowConstraints:
    """Constraints of a single row."""

    def test_a_person_has_one_active_principal(self, noon):
        person = Person.objects.get(principals=factories.caller("teller").id)
        with refused_by("principal_one_per_person"):
            people.principal_of(person, "second", "supervisor")

    @pytest.mark.parametrize("number", ["abc", "-1", "1 2", "工号"])
    def test_a_staff_number(self, noon, number):
        with refused_by("person_staff_number_written_once"):
            Person.objects.create(staff_number=number)

    def test_machine_has_no_person_and_person_has_one(self, noon):
        person = Person.objects.create(staff_number="A-1")
        for wrong in ({"role": "atm", "person": person}, {"role": "teller", "person": None}):
            with refused_by("principal_is_a_person_or_a_machine"):
                Principal.objects.create(name="x", **wrong)

    def test_an_act_begins_as_a_proposal(self, noon):
        with refused_by("kernel_administration_begins_pending"):
            Administration.objects.create(kind="group", content={}, status="active", in_force_at=NOON)

    @pytest.mark.parametrize(
        ("wrong", "rule"),
        [
            ({"kind": "crown"}, "administration_kind_known"),
            ({"in_force_at": NOON}, "administration_in_force_since"),
        ],
        ids=str,
    )
    def test_an_act(self, noon, wrong, rule):
        with refused_by(rule):
            Administration.objects.create(**{"kind": "group", "content": {}} | wrong)

    def test_a_code_is_one_persons(self, noon):
        person = Person.objects.create(staff_number="A-1")
        with refused_by("enrolment_digest_unique"):
            for _ in range(2):
                Enrolment.objects.create(person=person, digest=b"x" * 32, issued_at=NOON, until=NOON)

    def test_the_transaction_is_the_databases_to_say(self, one):
        claimed = Founding.objects.create(what="kernel_principal", object="x", why="trial", xid=1)
        claimed.refresh_from_db()
        assert claimed.xid != 1
        approval = proposed(proposals.propose_group, one, name="readers", views=[])
        Administration.objects.filter(pk=approval.object_id).update(xid=1)
        assert Administration.objects.get(pk=approval.object_id).xid is None


def test_makers_and_checkers_are_two_people_to_the_database(noon, proposals_of_the_bank):
    """The same person under two principals is refused."""
    maker = factories.caller("teller", "maker")
    person = Person.objects.get(pk=maker.person_id)
    Principal.objects.filter(pk=maker.id).update(active=False)
    second = people.principal_of(person, "as-supervisor", "supervisor")
    approval = proposals_of_the_bank.propose(maker)
    with refused_by("approval_checker_is_another"):
        Approval.objects.filter(pk=approval.pk).update(status="approved", decided_by=second, decided_at=NOON)
    # The row's own columns name both persons; other persons claimed in the statement are not believed.
    for claimed in ({}, {"decided_by_person": new_id(), "made_by_person": None}):
        with refused_by("approval_checker_is_another_person"):
            # Undone with what is refused.
            rows(
                "CREATE OR REPLACE FUNCTION kernel_same_person(one uuid, other uuid) RETURNS boolean LANGUAGE sql STABLE "
                "SET search_path = pg_catalog, public, pg_temp AS $$ SELECT one = other $$"
            )
            Approval.objects.filter(pk=approval.pk).update(
                status="approved", decided_by=second, decided_at=NOON, **claimed
            )


@pytest.fixture
def proposals_of_the_bank(monkeypatch):
    from tests.kernel.conftest import Proposals
    from tests.kinds import register_for_one_test

    kept = Proposals()
    register_for_one_test(monkeypatch, kept.kind)
    return kept


def test_a_rejected_act_means_nothing(one, other):
    approval = proposed(proposals.propose_principal, one, name="atm-9", role="atm")
    perform(lambda: approvals.reject(approval.id, principal=other, reason="no"))
    row = Administration.objects.get(pk=approval.object_id)
    assert (row.status, row.in_force_at) == ("rejected", None)
    with refused_by("kernel_administration_stands"), transaction.atomic():
        Administration.objects.filter(pk=row.pk).update(status="active", in_force_at=F("usable_until"))
