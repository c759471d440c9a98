"""Letters about a corrected certificate: to subjects that stay, that are removed, and that are added."""

import pytest

from accounts.desk.customer import happening
from accounts.letters.queries.owed_letters import due_of_certificate, letters_of_customer
from accounts.queries.restriction_history import restriction_history_of
from blacklist.models import Certificate
from config.kernel.database.clock import bank_now
from tests import factories
from tests.accounts.test_letters_of_parts import issued, owed, revoke
from tests.factories import LI, WANG, ZHANG
from tests.http import ApiClient
from tests.listings import certify, certify_account

pytestmark = pytest.mark.django_db


def correct(paper: Certificate, *people, correction_no: str = "更字1号", **more) -> Certificate:
    """Correct a certificate over HTTP: replace its subjects and the given fields, keep the rest."""
    body = {
        "doc_no": paper.doc_no,
        "authority": {"name": paper.authority_name, "region_code": paper.region_code, "level": paper.level},
        "certified_on": paper.certified_on.isoformat(),
        "category": paper.category,
        "subjects": [{"kind": each.kind, "name": each.name, "document": each.document} for each in people],
        "correction_reason": "认定对象录错",
        **({"correction_no": correction_no} if correction_no else {}),
    }
    asked = ApiClient("compliance").post(f"/blacklist/certificates/{paper.id}/corrections", body | more)
    assert asked.status_code == 201, asked.json()
    assert ApiClient("compliance", "second").approve(asked.json()["approval_id"]).status_code == 200
    return Certificate.objects.get(pk=asked.json()["id"])


def test_correction_informs_the_removed_person_and_the_remaining_subject(zhang, noon):
    li, wang = factories.customer(LI), factories.customer(WANG)
    paper = certify(ZHANG, LI)
    for each in (zhang, li):
        issued(each, "penalty", paper.id)
    noon.advance(days=1)
    new = correct(paper, LI, WANG)
    assert (owed(zhang), owed(li), owed(wang)) == (["lift"], ["penalty"], ["penalty"])
    assert [each.customer.id for each in due_of_certificate(paper.id, bank_now())] == [zhang.id]
    letter = issued(zhang, "lift", new.id)
    assert "已由认定机关更正，更正文书号：更字1号；更正后的认定对象不是您" in letter
    assert "措施继续执行" not in letter
    assert "自2026年1月6日起以更正后的认定为准" in issued(li, "penalty", new.id)
    issued(wang, "penalty", new.id)
    assert (owed(zhang), owed(li), owed(wang)) == ([], [], [])
    assert [happening(each).what for each in restriction_history_of(zhang.id).certificate_events()] == [
        "认定书生效",
        "认定书更正，不再列明",
    ]
    assert [happening(each).what for each in restriction_history_of(li.id).certificate_events()] == [
        "认定书生效",
        "认定书更正生效",
    ]
    # The revocation of the correction ends the measures of both certificates, in one letter.
    noon.advance(days=1)
    out = revoke(new, revoked_on="2026-01-07")
    assert (owed(zhang), owed(li), owed(wang)) == ([], ["lift"], ["lift"])
    issued(li, "lift", out.id)
    assert owed(li) == []


def test_customer_informed_of_the_first_certificate_is_informed_of_the_end_of_its_corrections(zhang, noon):
    paper = certify(ZHANG)
    issued(zhang, "penalty", paper.id)
    # As corrected its term is over already.
    over = correct(paper, ZHANG, certified_on="2020-01-01", correction_no="")
    assert owed(zhang) == ["end"]
    assert "见" in issued(zhang, "end", over.id)
    again = correct(over, ZHANG, certified_on="2025-12-01")
    assert owed(zhang) == ["penalty"]
    last = correct(again, WANG, correction_no="")
    assert owed(zhang) == ["lift"]
    assert "由本行登记有误，现已更正" in issued(zhang, "lift", last.id)
    assert owed(zhang) == []


def test_the_holder_of_a_case_account_keeps_the_suspension_or_is_released(zhang, noon):
    account = factories.account(zhang, "I")
    paper = certify_account(account.account_number)
    for kind in ("case_account", "suspension"):
        issued(zhang, kind, paper.id)
    mine, other = {"account_number": account.account_number}, {"account_number": "7", "bank_code": "ICBC"}
    new = correct(paper, case_accounts=[mine, other])
    assert sorted(owed(zhang)) == ["case_account", "suspension"]
    last = correct(new, case_accounts=[other])
    assert owed(zhang) == ["lift"]
    issued(zhang, "lift", last.id)
    assert owed(zhang) == []
    assert letters_of_customer(zhang.id, bank_now()) is not None
