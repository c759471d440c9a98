"""Correction of a certificate at the desk: the form is filled with its data, and unmasking is recorded."""

import re

import pytest
from django.urls import reverse

from blacklist.models import Certificate
from config.kernel.models import Decision
from tests import factories
from tests.desk.pages import text_of
from tests.factories import LI, ZHANG
from tests.http import ApiClient
from tests.listings import certify

pytestmark = pytest.mark.django_db


def value(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page) or re.search(
        rf'value="([^"]*)"[^>]*name="{name}"', page
    )
    return found[1] if found else ""


def test_correction_is_entered_from_the_page_of_the_certificate(signed_in, noon):
    factories.customer(ZHANG)
    old = certify(ZHANG, LI)
    officer = signed_in("compliance")
    page, form = (reverse(f"desk:{name}", args=[old.id]) for name in ("certificate", "certificate-correct"))
    assert form in text_of(officer.get(page))
    # Whom it names is filled in, whole, when that is asked for, and that is kept.
    empty = text_of(officer.get(form))
    assert (value(empty, "doc_no"), value(empty, "certified_on")) == (old.doc_no, "2026-01-02")
    assert ZHANG.number not in empty
    assert officer.post(reverse("desk:certificate-fill", args=[old.id])).status_code == 302
    assert Decision.objects.get(kind="unmask", object_id=old.id).facts == {"reason": "correction"}
    filled = text_of(officer.get(form))
    assert (value(filled, "subject-0-number"), value(filled, "subject-1-name")) == (ZHANG.number, LI.name)
    typed = {
        **{name: value(filled, name) for name in ("once", "drafted")},
        "correction_no": "更字1号",
        "correction_reason": "认定对象有误",
        **{name: value(filled, name) for name in ("doc_no", "authority", "region_code")},
        "level": old.level,
        "certified_on": "2026-01-01",
        "category": old.category,
        "legal_basis": old.legal_basis,
        **{f"subject-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")},
        **{f"account-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")},
        "subject-TOTAL_FORMS": "20",
        "subject-0-kind": "individual",
        "subject-0-name": LI.name,
        "subject-0-type": LI.document["type"],
        "subject-0-number": LI.number,
        "subject-0-country": "",
    }
    sent = officer.post(form, typed)
    new = Certificate.objects.get(corrects=old)
    assert sent.url == reverse("desk:certificate", args=[new.id])
    # A submitted form is forgotten: opened again, it shows no full number.
    assert ZHANG.number not in text_of(officer.get(form))
    assert "更正待复核" in text_of(officer.get(page))
    # The checker sees both contents and whom it sets free.
    approval = ApiClient("compliance").get(f"/blacklist/certificates/{new.id}").json()["approval_id"]
    checker = signed_in("compliance", "second")
    shown = text_of(checker.get(reverse("desk:approval", args=[approval])))
    for words in ("2026年1月2日", "2026年1月1日", "更正后不再列明的对象", "张*：没有其他认定限制。", "认定对象有误"):
        assert words in shown, words
    assert ApiClient("compliance", "second").approve(approval).status_code == 200
    before, after = (text_of(officer.get(reverse("desk:certificate", args=[each.id]))) for each in (old, new))
    assert "已更正" in before
    assert f"{old.doc_no}（2026年1月5日已更正）" in before
    assert reverse("desk:certificate", args=[new.id]) in before
    assert reverse("desk:certificate", args=[old.id]) in after
    assert "更字1号" in after
    assert "已更正" in text_of(officer.get(reverse("desk:certificates")))
    read = ApiClient("compliance").get(f"/blacklist/certificates/{old.id}").json()
    assert (read["status"], read["corrects"], read["corrected_by"]) == ("revoked", None, str(new.id))
    read = ApiClient("compliance").get(f"/blacklist/certificates/{new.id}").json()
    assert (read["corrects"], read["correction_no"], read["correction_reason"]) == (
        str(old.id),
        "更字1号",
        "认定对象有误",
    )
