"""A draft is visible to its person only: sealed, in no log, and without secrets."""

import re

import pytest

from config.kernel.identity.masking import Unreadable
from config.kernel.models import FormDraft, TrailRecord
from tests.desk.form_drafts import NEW, ORDER, left_at, mark_on, types
from tests.desk.pages import text_of

pytestmark = pytest.mark.django_db


def test_another_person_never_gets_it(teller, signed_in):
    types(teller, NEW, ORDER)
    other, address = signed_in("teller", "second"), left_at()
    assert "12,800.50" not in text_of(other.get(address))
    assert "未完成：" not in text_of(other.get(NEW))
    # Nor with the mark of the first one's page: what comes with it is kept for the first.
    typed = {"drafted": mark_on(teller, address), "amount": "1.11"}
    other.post("/desk/drafts", typed)
    assert "1.11" not in text_of(other.get(address))
    other.post("/desk/drafts/discard", typed)
    assert "1.11" in text_of(teller.get(address))


@pytest.mark.parametrize("mark", ["", "forged", "a:b:c"])
def test_form_without_a_valid_mark_is_not_saved(teller, mark):
    assert teller.post("/desk/drafts", {"drafted": mark, "amount": "1"}).status_code == 400
    assert not FormDraft.objects.exists()


def test_draft_is_sealed_at_rest(teller):
    types(teller, NEW, ORDER)
    (stored,) = FormDraft.objects.values("content", "address")
    assert "租金".encode() not in bytes(stored["content"])
    assert b"6217" not in bytes(stored["content"])
    assert re.fullmatch(rf"{NEW}\?draft=[0-9a-f-]{{36}}", stored["address"])
    # Under another row's id it does not open.
    kept = FormDraft.objects.get()
    other = FormDraft.objects.create(user_id=kept.user_id, address="/desk/other", content="x")
    FormDraft.objects.filter(pk=other.pk).update(content=stored["content"])
    assert isinstance(FormDraft.objects.get(pk=other.pk).content, Unreadable)


@pytest.mark.parametrize("content", [b"\x01" * 60, b"\x011" + b"\x02" * 60, b"x"], ids=["key", "content", "short"])
def test_unreadable_draft_is_ignored(teller, content):
    types(teller, NEW, ORDER)
    FormDraft.objects.update(content=content)
    assert "12,800.50" not in text_of(teller.get(left_at()))
    assert "未完成：" not in text_of(teller.get(NEW))


def test_secrets_are_never_kept(teller):
    secrets = {"password": "geheim-1", "code": "123456", "old": "geheim-2", "new": "geheim-3", "again": "geheim-3",
               "token": "654321", "seed": "ABCDEFGH", "enrolment": "geheim-4", "csrfmiddlewaretoken": "t" * 64,
               "x-code": "777777", "decision": "approve"}  # fmt: skip
    types(teller, NEW, ORDER, **secrets, once="k" * 32)
    content = FormDraft.objects.get().content
    assert "租金" in content
    for name, secret in secrets.items():
        assert secret not in content, name
    assert "k" * 32 not in content


def test_no_page_of_secrets_marks_its_form(teller):
    for page in (
        "/desk/me/password",
        "/desk/me/recovery-codes",
        "/desk/me/authenticator",
        "/desk/me/passkeys",
        "/desk/me/keys",
        "/desk/enrol",
        "/desk/sign-in",
        "/desk/customers",
        "/desk/screening",
    ):
        assert 'name="drafted"' not in text_of(teller.get(page)), page


def test_no_log_contains_a_draft(teller, caplog):
    with caplog.at_level("DEBUG"):
        types(teller, NEW, ORDER)
        teller.get(NEW)
        teller.get(left_at())
    assert "6217000011112222" not in caplog.text
    assert not TrailRecord.objects.filter(place__contains="6217").exists()
