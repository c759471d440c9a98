"""Pages that show a secret once."""

import pytest

from tests import factories
from tests.desk.pages import text_of

pytestmark = pytest.mark.django_db


def test_the_language_of_a_page_that_shows_something_once_changes_without_leaving_it(teller, zhang):
    page = f"/desk/accounts/{factories.account(zhang).id}/cards/new"
    issued = teller.post(page, {"card-product": "debit", "once": "k" * 32})
    assert 'name="stays" value="1"' in text_of(issued)
    answer = teller.post("/desk/language", {"language": "en", "stays": "1"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Home" in text_of(teller.get("/desk/"))
    assert 'name="stays"' not in text_of(teller.get(page))
