"""Undoing of a list with a paper, a ground and a reason, shown to the checker and kept by each certificate."""

from datetime import timedelta

import pytest

from blacklist.imports import operations as imports
from blacklist.imports.models import ListUndo
from blacklist.imports.operations.undo import UNDO
from blacklist.models import Certificate, Revocation
from config.kernel import approvals
from config.kernel.database.sql import rows
from config.kernel.models import Approval, Decision
from tests import factories
from tests.blacklist.cast import LI, TODAY, ZHANG, latest_approval
from tests.blacklist.lists import person, registered, staged, undo_draft
from tests.clock import NOON
from tests.http import code

pytestmark = pytest.mark.django_db
SAID = {"doc_no": "公撤〔2026〕9号", "reason": "名单有误，系李四来函"}


@pytest.fixture
def row(tmp_path, maker, checker):
    """A registered list of two certificates, one of which needs manual review."""
    two = person(ZHANG), person(LI, "李四", doc_no="2", level="district_branch")
    return registered(staged(tmp_path, maker, *two), maker, checker)


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"doc_no": None, "reason": None}, {"doc_no", "reason"}),
        ({"doc_no": " ", "reason": "\u200b"}, {"doc_no", "reason"}),
        ({"doc_no": "号" * 101, "reason": "因" * 1001}, {"doc_no", "reason"}),
        ({"doc_no": "1\n2", "reason": "a\u0007b"}, {"doc_no", "reason"}),
        ({"doc_no": 1, "reason": ["x"]}, {"doc_no", "reason"}),
        ({"revoked_on": (TODAY + timedelta(days=1)).isoformat()}, {"revoked_on"}),
        ({"revoked_on": "2025-12-31"}, {"revoked_on"}),
        ({"ground": "other"}, {"ground"}),
        ({"note": "x"}, {"note"}),
    ],
)
def test_missing_or_wrong_field_is_named_and_nothing_is_proposed(row, officer, changed, fields):
    body = {name: value for name, value in (SAID | changed).items() if value is not None}
    answer = officer.post(f"/blacklist/imports/{row.id}/undo", body)
    assert (code(answer), set(answer.json()["fields"])) == ((400, "INVALID_REQUEST"), fields)
    assert not Approval.objects.filter(kind="import_undo").exists()
    assert not ListUndo.objects.exists()


def test_checker_reads_paper_and_freed_customers_and_the_record_keeps_them(row, officer, client_for):
    holder = factories.customer(factories.Person("张三", ZHANG))
    factories.account(holder, "I")
    asked = officer.post(f"/blacklist/imports/{row.id}/undo", SAID).json()
    shown = officer.get(f"/approvals/{asked['approval_id']}").json()
    counts = {"certificates": 2, "customers": 1, "accounts": 1, "letters": 0}
    paper = {"doc_no": SAID["doc_no"], "revoked_on": "2026-01-05", "ground": "entry"}
    assert shown["before"] == {"status": "applied", "source": "list.csv"} | counts
    assert shown["after"] == {"status": "undone", "source": "list.csv"} | paper
    # The reason may name people: it lies sealed, and the role that decides reads it.
    approval, checker = latest_approval(), client_for("compliance", "other")
    assert "李四" not in str(rows("SELECT * FROM blacklist_listundo"))
    assert approvals.evidence_for(approval, checker.caller) == {"reason": SAID["reason"]}
    assert approvals.evidence_for(approval, factories.caller("supervisor")) == {}
    # Another account meanwhile: the proposal stays what it was, the checker reads the count of now.
    factories.account(holder, "II")
    effects = approvals.effects_of(approval, checker.caller)["undoes"]
    assert "认定书2份" in effects
    assert "账户2个" in effects
    assert checker.approve(asked["approval_id"]).status_code == 200
    asking, approving = Decision.objects.filter(kind="import_undo").order_by("id").values_list("facts", flat=True)
    kept = counts | paper | {"source": "list.csv"}
    del kept["certificates"]
    assert asking == kept | {"status": "applied"}
    assert approving == kept | {"certificates": 2, "accounts": 2}
    imports.apply_list(row.id)
    (revocation,) = Revocation.objects.filter(undoes=row)
    assert (revocation.doc_no, revocation.revoked_on, revocation.ground, revocation.reason) == (
        SAID["doc_no"], TODAY, "entry", SAID["reason"],
    )  # fmt: skip
    rejected = Approval.objects.get(object_id=Certificate.objects.get(status="rejected").id)
    assert rejected.remark == f"名单导入整批撤销（{SAID['doc_no']}）"


def test_the_day_and_the_ground_are_those_of_the_paper(row, officer, client_for):
    said = SAID | {"revoked_on": "2026-01-03", "ground": "revoked"}
    asked = officer.post(f"/blacklist/imports/{row.id}/undo", said).json()
    client_for("compliance", "other").approve(asked["approval_id"])
    imports.apply_list(row.id)
    (revocation,) = Revocation.objects.filter(undoes=row)
    assert (revocation.revoked_on.isoformat(), revocation.ground) == ("2026-01-03", "revoked")


def test_a_proposal_from_before_there_were_papers_is_stale(row, maker, checker):
    place = approvals.make_room(UNDO, row.id, at=NOON)
    before = {"status": "applied", "source": "list.csv", "certificates": 2}
    old = approvals.propose(place, principal=maker, object_id=row.id, before=before, after={"status": "undone"})
    with pytest.raises(approvals.ApprovalStale):
        approvals.approve(old.id, principal=checker)
    approvals.withdraw(old.id, principal=maker)
    imports.propose_undo(principal=maker, import_id=row.id, draft=undo_draft())
