"""The back office shows certificates masked and changes nothing."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from blacklist.models import Subject
from blacklist.vocabulary import AuthorityLevel
from tests import people
from tests.blacklist.cast import OWN_ACCOUNT, ZHANG, case_draft, draft
from tests.signed_in_browser import browser_of


@pytest.fixture
def desk(db: None) -> Client:
    return browser_of(people.administrator("root"))


@pytest.mark.parametrize("model", ["certificate", "subject"])
def test_certificate_is_shown_masked(desk: Client, put_in_force, revoke, model: str) -> None:
    certificate = revoke(put_in_force())
    row = certificate if model == "certificate" else Subject.objects.get()
    for path in (f"/admin/blacklist/{model}/", f"/admin/blacklist/{model}/{row.pk}/change/"):
        page = desk.get(path)
        assert page.status_code == 200
        text = page.content.decode()
        assert ZHANG not in text
        assert "张三" not in text
    assert "110105********002X" in text


def test_certificate_page_shows_subjects_and_accounts_to_viewers(desk: Client, put_in_force) -> None:
    certificate = put_in_force(case_draft())
    clerk = people.user("clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_certificate"))
    page = browser_of(clerk).get(f"/admin/blacklist/certificate/{certificate.pk}/change/").content.decode()
    assert "6000********0001" in page
    assert OWN_ACCOUNT not in page


def test_manual_review_is_explained_in_words(desk: Client, put_in_force) -> None:
    certificate = put_in_force(draft(level=AuthorityLevel.DISTRICT_BRANCH, region_code="110105"))
    page = desk.get(f"/admin/blacklist/certificate/{certificate.pk}/change/").content.decode()
    assert "认定机关为区分局" in page
    assert "DISTRICT_BRANCH" not in page
