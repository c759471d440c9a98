"""The back office shows certificates masked and changes nothing."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from blacklist.models import Certificate, Subject
from tests.blacklist.cast import ZHANG
from tests.browsing import browser_of


@pytest.fixture
def desk(db: None) -> Client:
    return browser_of(User.objects.create_superuser("root"))


@pytest.mark.parametrize("model", ["certificate", "subject"])
def test_shows_masked(desk: Client, put_in_force, revoke, model: str) -> None:
    certificate = revoke(put_in_force())
    row = certificate if model == "certificate" else Subject.objects.get()
    for path in (f"/admin/blacklist/{model}/", f"/admin/blacklist/{model}/{row.pk}/change/"):
        page = desk.get(path)
        assert page.status_code == 200
        text = page.content.decode()
        assert ZHANG not in text
        assert "张三" not in text
    assert "110105********002X" in text


def test_neither_adds_nor_deletes(desk: Client, put_in_force) -> None:
    certificate = put_in_force()
    assert desk.get("/admin/blacklist/certificate/add/").status_code == 403
    assert desk.post(f"/admin/blacklist/certificate/{certificate.pk}/delete/").status_code == 403
    assert desk.post(f"/admin/blacklist/certificate/{certificate.pk}/change/", {"doc_no": "2"}).status_code == 403
    assert Certificate.objects.get().doc_no == certificate.doc_no
