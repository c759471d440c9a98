"""Two counters issue or print letters at once: numbers are consecutive."""

import pytest

from accounts.letters.operations.letters import issue_letter, print_letter
from accounts.letters.vocabulary import LetterForm, LetterKind
from config.kernel.database.transactions import owned
from tests import factories
from tests.factories import LI, ZHANG
from tests.listings import certify
from tests.races import ConcurrentCall, not_yet_committed

pytestmark = pytest.mark.django_db(transaction=True)


def test_concurrent_issue_or_print_takes_the_next_number(noon):
    """Without the locks both would take the same number, and the second would fail."""
    papers = [(factories.customer(each), certify(each)) for each in (ZHANG, LI)]
    caller = factories.caller("teller")

    def issue(customer, paper):
        return issue_letter(principal=caller, customer_id=customer.id, kind=LetterKind.PENALTY, about_id=paper.id)

    def issued():
        with owned():
            return issue(*papers[1])

    with not_yet_committed():
        first = issue(*papers[0])
        second = ConcurrentCall(issued).wait_until_blocked()
    assert (first.number, second.result().number) == ("惩告〔2026〕1号", "惩告〔2026〕2号")

    def print_it():
        return print_letter(principal=caller, letter_id=first.id, form=LetterForm.HTML).nth

    def printed():
        with owned():
            return print_it()

    with not_yet_committed():
        assert print_it() == 1
        again = ConcurrentCall(printed).wait_until_blocked()
    assert again.result() == 2
