"""Two loss reports (挂失) of one card at once: a formal report does not become one that lapses."""

import pytest
from django.db import IntegrityError

from accounts.models import Card
from tests import factories
from tests.accounts.test_losses import report
from tests.races import ConcurrentCall, not_yet_committed


@pytest.mark.django_db(transaction=True)
def test_a_report_by_word_waits_for_a_formal_one_and_takes_nothing_from_it(running):
    """The operation locks the holder; the database's guard also covers direct writes."""
    card = factories.card(factories.account(factories.customer(), "I"))
    by_word = report(card)
    with not_yet_committed():
        report(card, kind="formal", identified="in_person", lapses_at=None).save(force_insert=True)
        call = ConcurrentCall(lambda: by_word.save(force_insert=True)).wait_until_blocked()
    with pytest.raises(IntegrityError) as raised:
        call.result()
    assert raised.value.__cause__.diag.constraint_name == "loss_report_not_prolonged"
    card = Card.objects.get(pk=card.pk)
    assert (card.status, card.lost_until) == ("lost", None)
