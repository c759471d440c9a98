"""Letters for partial revocation, repeated registration, an undone list and an undecided certificate."""

import pytest

from accounts.letters.models import Letter
from accounts.letters.operations.letters import issue_letter
from accounts.letters.queries.composition import content_read
from accounts.letters.queries.owed_letters import due_of_certificate, due_page, letters_of_customer
from accounts.letters.refusals import LetterNotDue
from accounts.letters.vocabulary import LetterKind
from blacklist.models import Certificate, Revocation
from config.kernel.database.clock import bank_now
from tests import factories
from tests.blacklist.lists import person, registered, staged, undone
from tests.factories import LI, ZHANG
from tests.http import ApiClient
from tests.listings import certify, enter

pytestmark = pytest.mark.django_db


@pytest.fixture
def li(noon):
    return factories.customer(LI)


def owed(customer) -> list[str]:
    found = [kind.value for (kind, _), _ in letters_of_customer(customer.id, bank_now()).owed()]
    # The list of owed letters has the same customers and no other.
    due = {each.customer.id: len(each.owed()) for each in due_page(bank_now(), after=None, limit=50).customers}
    assert due.get(customer.id, 0) == len(found)
    return found


def issued(customer, kind, about_id) -> str:
    letter = issue_letter(
        principal=factories.caller("teller"), customer_id=customer.id, kind=LetterKind(kind), about_id=about_id
    )
    content = content_read(Letter.objects.get(pk=letter.pk))
    return "\n".join(line.in_language("zh") for part in content.sections for line in part.lines)


def revoke(paper, part: str = "", **more) -> Revocation:
    """Revoke a certificate, or a part of it: `subjects/1`, `case-accounts/2`."""
    body = {"doc_no": "撤字1号", "revoked_on": "2026-01-05", "reason": "认定有误"} | more
    path = f"/blacklist/certificates/{paper.id}/{part}/revocations".replace("//", "/")
    asked = ApiClient("compliance").post(path, body)
    assert asked.status_code == 201, asked.json()
    assert ApiClient("compliance", "second").approve(asked.json()["approval_id"]).status_code == 200
    return Revocation.objects.get(pk=asked.json()["id"])


def test_removed_subject_gets_one_letter_and_remaining_subject_none(zhang, li, noon):
    paper = certify(ZHANG, LI)
    untold = factories.customer(factories.WANG)
    other = certify(factories.WANG, factories.ORGANIZATION)
    for each in (zhang, li):
        issued(each, "penalty", paper.id)
    out = revoke(paper, "subjects/1", ground="wrong_person")
    revoke(other, "subjects/1", ground="wrong_person")
    assert (owed(zhang), owed(li), owed(untold)) == (["lift"], [], [])
    assert [each.customer.id for each in due_of_certificate(paper.id, bank_now())] == [zhang.id]
    with pytest.raises(LetterNotDue):
        issued(li, "lift", out.id)
    letter = issued(zhang, "lift", out.id)
    assert "上述认定中涉及您的部分已撤销，撤销文书号：撤字1号" in letter
    assert "撤销原因：认定对象有误，非本人" in letter
    assert "措施继续执行" not in letter
    # What revokes the rest is no news to whom it did not hold any more.
    noon.advance(days=1)
    whole = revoke(paper, doc_no="撤字2号")
    assert (owed(zhang), owed(li)) == ([], ["lift"])
    assert "上述认定已撤销，撤销文书号：撤字2号" in issued(li, "lift", whole.id)
    # The same document registered again is another certificate, with a letter of its own.
    again = certify(ZHANG, doc_no=paper.doc_no)
    assert (again.renews_id, owed(zhang), owed(li)) == (paper.id, ["penalty"], [])


def test_release_letter_names_the_last_ending_until_it_is_issued(zhang, li, noon):
    paper = certify(ZHANG, LI)
    for each in (zhang, li):
        issued(each, "penalty", paper.id)
    first = revoke(paper, "subjects/1")
    noon.advance(days=1)
    second = revoke(paper, "subjects/2")
    paper.refresh_from_db()
    assert (paper.status, owed(zhang), owed(li)) == ("revoked", ["lift"], ["lift"])
    for customer, by, other in ((zhang, first, second), (li, second, first)):
        with pytest.raises(LetterNotDue):
            issued(customer, "lift", other.id)
        issued(customer, "lift", by.id)


def test_named_holder_of_a_case_account_is_released(zhang, li, noon):
    account = factories.account(zhang, "I")
    mine, other = ({"account_number": each.account_number} for each in (account, factories.account(li, "I")))
    paper = certify(ZHANG, case_accounts=[mine, other])
    for kind in ("case_account", "suspension"):
        issued(zhang, kind, paper.id)
    out = revoke(paper, "case-accounts/1")
    # Still named as a subject, which brings no measure by itself.
    assert owed(zhang) == ["lift"]
    issued(zhang, "lift", out.id)
    revoke(paper)
    assert owed(zhang) == []


def test_undone_list_is_announced_to_customers_informed_of_it(zhang, li, noon, tmp_path):
    maker, checker = factories.caller("compliance"), factories.caller("compliance", "second")
    row = registered(staged(tmp_path, maker, person(ZHANG.number), person(LI.number, LI.name)), maker, checker)
    paper = Certificate.objects.get(brought_by=row)
    issued(zhang, "penalty", paper.id)
    assert owed(li) == ["penalty"]
    undone(row, maker, checker)
    assert (owed(zhang), owed(li)) == (["lift"], [])
    letter = issued(zhang, "lift", Revocation.objects.get(undoes=row).id)
    assert "该批登记现已整批撤销" in letter
    assert str(row.id) not in letter


def test_letter_about_a_provisional_stop_is_due_after_its_decision(zhang, noon):
    account = factories.account(zhang, "I")
    penalty = certify(ZHANG)
    issued(zhang, "penalty", penalty.id)
    waiting = enter(case_accounts=[{"account_number": account.account_number}])
    assert owed(zhang) == []
    with pytest.raises(LetterNotDue):
        issued(zhang, "suspension", waiting["id"])
    # A letter about a release names all measures that remain.
    assert "认定书待复核" in issued(zhang, "lift", revoke(penalty).id)
    assert ApiClient("compliance", "second").approve(waiting["approval_id"]).status_code == 200
    assert owed(zhang) == ["case_account", "suspension"]
