"""Undoing a list at the desk: paper, ground, reason, and the customers whom it frees."""

import re

import pytest

from blacklist.imports.models import ListUndo
from blacklist.imports.operations import apply_list
from blacklist.models import Certificate
from config.kernel.models import Approval
from tests import factories
from tests.blacklist.lists import person, registered, staged
from tests.desk.form_drafts import mark_on
from tests.desk.pages import english, text_of
from tests.factories import ZHANG

pytestmark = pytest.mark.django_db
SAID = {
    "doc_no": "公撤〔2026〕9号",
    "revoked_on": "2026-01-05",
    "ground": "wrong_person",
    "reason": "名单有误，并非本人",
}


@pytest.fixture
def row(tmp_path, zhang):
    """A registered list that names a customer with an account, and an unknown person."""
    factories.account(zhang, "I")
    rows = person(ZHANG.number), person(factories.citizen_number(sequence=9), "无名", doc_no="2")
    maker, checker = (factories.caller("compliance", name) for name in ("reads", "approves"))
    return registered(staged(tmp_path, maker, *rows), maker, checker)


def counted(page: str) -> list[str]:
    """Return the numbers beside the labels of the counts on the form."""
    return re.findall(r"<dd>(\d+)</dd>", page[page.index('id="h-freed"') :])


def test_no_option_is_preselected_and_counts_are_before_the_button(row, officer):
    where = f"/desk/lists/{row.id}/undo"
    assert where in text_of(officer.get(f"/desk/lists/{row.id}"))
    page = text_of(officer.get(where))
    assert counted(page) == ["2", "1", "1", "0"]
    assert page.index('id="h-freed"') < page.index("提交整批撤销申请")
    assert " checked" not in page.split('id="id_ground"')[1].split("</form>")[0]
    for missing in SAID:
        sent = officer.post(where, SAID | {missing: "", "once": f"once-{missing}"})
        assert (sent.status_code, f'id="id_{missing}_error"' in text_of(sent)) == (400, True)
        # What was typed stays, and so do the counts.
        assert (SAID["doc_no"] in text_of(sent), counted(text_of(sent))) == (missing != "doc_no", ["2", "1", "1", "0"])
    assert not ListUndo.objects.exists()
    assert "Customers whom nothing restricts any more" in text_of(english(officer).get(where))


def test_the_checker_reads_them_and_each_certificate_keeps_the_paper(row, officer, signed_in):
    sent = officer.post(f"/desk/lists/{row.id}/undo", SAID | {"once": "once-1"}, follow=True)
    assert "整批撤销已提交" in text_of(sent)
    approval = Approval.objects.get(kind="import_undo")
    page = text_of(signed_in("compliance", "other").get(f"/desk/inbox/{approval.id}"))
    effects = page[page.index('id="effects"') : page.index("</section>", page.index('id="effects"'))]
    for words in ("认定书2份", "客户1户", "账户1个", "告知函0封"):
        assert words in effects
    for words in (SAID["doc_no"], "认定对象有误，非本人", SAID["reason"], "此后不再受任何限制的客户数"):
        assert words in page
    decided = signed_in("compliance", "other", with_codes=True).post(
        f"/desk/inbox/{approval.id}", {"decision": "approve", "remark": "", "notes_seen": "0-0"}, follow=True
    )
    assert decided.status_code == 200
    # A worker does the rest: the page says so until it is done.
    assert "已通过，正在整批撤销。" in text_of(decided)
    assert "已通过，即时生效" not in text_of(decided)
    assert "已通过，正在整批撤销</dd>" in text_of(decided)
    apply_list(row.id)
    assert "正在整批撤销" not in text_of(officer.get(f"/desk/inbox/{approval.id}"))
    for certificate in Certificate.objects.filter(brought_by=row, status="revoked"):
        history = text_of(officer.get(f"/desk/certificates/{certificate.id}"))
        assert f"名单整批撤销（{SAID['doc_no']}，认定对象有误，非本人）" in history
        assert SAID["reason"] in history
    # Of what is undone there is nothing to ask for.
    assert officer.get(f"/desk/lists/{row.id}/undo").status_code == 302
    assert officer.get(f"/desk/lists/{factories.new_id()}/undo").status_code == 404


def test_returned_undo_is_corrected_on_its_form(row, officer, signed_in):
    where = f"/desk/lists/{row.id}/undo"
    officer.post(where, SAID | {"once": "once-1", "drafted": mark_on(officer, where)})
    first = Approval.objects.get(kind="import_undo")
    decision = {"decision": "return", "remark": "文号有误", "notes_seen": "0-0"}
    signed_in("compliance", "other", with_codes=True).post(f"/desk/inbox/{first.id}", decision)
    again = officer.post(f"/desk/inbox/{first.id}/correct")["Location"]
    page = text_of(officer.get(again))
    assert (SAID["doc_no"] in page, SAID["reason"] in page, counted(page)) == (True, True, ["2", "1", "1", "0"])
    officer.post(again, SAID | {"doc_no": "公撤〔2026〕10号", "once": "once-2", "drafted": mark_on(officer, again)})
    second = Approval.objects.get(kind="import_undo", status="pending")
    assert (second.follows_id, second.after["doc_no"]) == (first.id, "公撤〔2026〕10号")
    # What was returned keeps what it said.
    assert set(ListUndo.objects.values_list("doc_no", flat=True)) == {SAID["doc_no"], "公撤〔2026〕10号"}
