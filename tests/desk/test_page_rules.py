"""Rules that every page of the desk keeps."""

import pytest

pytestmark = pytest.mark.django_db


def test_no_page_is_kept_and_nothing_typed_goes_into_the_report_of_an_error(signed_in):
    teller = signed_in("teller")
    for answer in (teller.get("/desk/"), teller.post("/desk/transfers/new/payer", {"payer": "1"})):
        assert "no-store" in answer.headers["Cache-Control"]
        assert "private" in answer.headers["Cache-Control"]
        assert answer.wsgi_request.sensitive_post_parameters == "__ALL__"
