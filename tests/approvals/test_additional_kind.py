"""A kind of approval that only a test declares works like every other: proposed, shown, decided, proved."""

from dataclasses import MISSING, dataclass, fields, replace
from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Q
from django.urls import reverse

from accounts.models import Customer, ImportBatch, Reverification
from config.kernel import approvals
from config.kernel.database.transactions import perform
from config.kernel.law.text import Text
from config.kernel.models import Approval, Decision, Role
from config.kernel.trail.decisions import Deciding
from config.kernel.trail.evidence import fact_of
from config.oversight.queries.proof import INVARIANTS, prove
from tests import factories
from tests.back_office import address, listing
from tests.desk.pages import english, text_of
from tests.kinds import register_for_one_test

pytestmark = pytest.mark.django_db

REASON = "样本已毁"


@dataclass
class Trial:
    """A kind of approval that finishes import batches."""

    customer: Customer

    @property
    def kind(self) -> approvals.Kind[ImportBatch]:
        return approvals.Kind(
            model=ImportBatch,
            name="trial",
            text=Text("试验批次", "Trial batch"),
            role=Role.SUPERVISOR,
            object_type="batch",
            record=approvals.Record("desk:customer", "customer_id"),
            summary_fields=("source", "count"),
            in_force="finished_at IS NOT NULL",
            concerns=lambda _: {"customer_id": self.customer.id},
            snapshot=lambda row, _: self.snapshot(row),
            approve=self.finish,
            evidence=lambda _, __: {"reason": REASON},
        )

    def snapshot(self, row: ImportBatch) -> dict[str, Any]:
        return {"source": row.source, "count": row.row_count, "customer_id": str(self.customer.id)}

    def finish(self, row: ImportBatch, at: datetime, decision: Deciding) -> None:
        decision.facts = {"count": row.row_count}
        ImportBatch.objects.filter(pk=row.pk).update(finished_at=at, row_count=9)


@pytest.fixture
def trial(noon, monkeypatch) -> Trial:
    made = Trial(factories.customer(factories.ZHANG))
    register_for_one_test(monkeypatch, made.kind)
    return made


@pytest.fixture
def proposal(trial, noon) -> Approval:
    row = ImportBatch.objects.create(source="七号样本", row_count=7)
    before = trial.snapshot(row)
    return perform(
        lambda: approvals.propose(
            approvals.make_room(trial.kind, row.id, at=noon.at),
            principal=factories.caller("teller", "maker"),
            object_id=row.id,
            before=before,
            after=before | {"count": 9},
        )
    )


def test_proposal_is_in_the_inbox_under_its_name_and_facts(proposal, checker, client_for):
    page = text_of(checker.get("/desk/inbox?kind=trial"))
    assert "试验批次 *</option>" in page
    assert "七号样本 · 9" in page
    assert "Trial batch" in text_of(english(checker).get("/desk/inbox?kind=trial"))
    listed = client_for("auditor").get("/approvals", kind="trial").json()["results"]
    assert [(each["kind"], each["object"]["type"]) for each in listed] == [("trial", "batch")]


def test_page_shows_change_reason_and_link_to_the_record(proposal, trial, checker):
    page = text_of(checker.get(reverse("desk:approval", args=[proposal.id])))
    assert "试验批次" in page
    assert REASON in page
    assert 'class="desk-differs"' in page
    assert reverse("desk:customer", args=[trial.customer.id]) in page


def test_decided_proposal_is_in_timeline_audit_and_back_office(proposal, trial, checker, signed_in, staff):
    answer = checker.post(reverse("desk:approval", args=[proposal.id]), {"decision": "approve"})
    assert answer.status_code == 302
    assert ImportBatch.objects.get().row_count == 9
    decision = Decision.objects.get(kind="trial")
    assert (decision.outcome, decision.rule, decision.facts) == ("allowed", "put_in_force", {"count": 7})
    assert "试验批次" in text_of(signed_in("teller").get(reverse("desk:customer", args=[trial.customer.id])))
    audit = text_of(signed_in("auditor").get("/desk/decisions?kind=trial"))
    assert (str(decision.id) in audit, '<option value="trial" selected' in audit) == (True, True)
    office = staff("auditor")
    assert "试验批次" in text_of(office.get(listing(Approval), {"kind__exact": "trial"}))
    assert "试验批次" in text_of(office.get(address(proposal)))
    assert "试验批次" in text_of(office.get(listing(Decision)))


def test_the_proof_asks_that_two_persons_took_part(proposal, checker):
    (two_persons,) = (each for each in INVARIANTS if each.name == "I27")
    alone = ImportBatch.objects.create(source="八号样本", finished_at=proposal.made_at)
    checker.post(reverse("desk:approval", args=[proposal.id]), {"decision": "approve"})
    (finding,) = prove((two_persons,))
    assert finding.ids == (str(alone.id),)


REQUIRED = [each.name for each in fields(approvals.Kind) if each.default is each.default_factory is MISSING]


@pytest.mark.parametrize("name", REQUIRED)
def test_a_kind_that_leaves_something_out_does_not_start(trial, name):
    with pytest.raises(TypeError, match=name):
        approvals.Kind(
            **{each.name: getattr(trial.kind, each.name) for each in fields(trial.kind) if each.name != name}
        )
    with pytest.raises(ImproperlyConfigured, match=f"leaves out: {name}\\."):
        replace(trial.kind, **{name: () if name == "summary_fields" else None})


def test_kind_without_a_status_field_declares_when_it_is_in_force(trial):
    with pytest.raises(ImproperlyConfigured, match="leaves out: in_force\\."):
        replace(trial.kind, in_force="")


def test_two_kinds_have_different_names(trial):
    with pytest.raises(ImproperlyConfigured, match="'trial'"):
        approvals.register(trial.kind)
    with pytest.raises(ImproperlyConfigured, match="'trial'"):
        approvals.register(replace(trial.kind, name="other", conditional_names={"trial": Q()}))


def test_a_status_in_its_proposals_is_its_objects(trial, monkeypatch):
    assert fact_of("status", "approval trial_check") is None
    register_for_one_test(monkeypatch, replace(trial.kind, name="trial_check", model=Reverification))
    fact = fact_of("status", "approval trial_check")
    assert fact is not None
    assert fact.word("active") == "已生效"
