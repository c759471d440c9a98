"""Database guards of letters: consecutive numbers, counted prints, deliveries of existing prints."""

from datetime import date

import pytest
from django.db import connection

from accounts.letters.models import Letter, LetterDelivery, LetterPrint
from config.kernel.database.ids import new_id
from tests import factories
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.people import ensure

pytestmark = pytest.mark.django_db


@pytest.fixture
def principal():
    return ensure("teller", "teller")


def letter(customer, principal, serial=1, **more) -> Letter:
    row = Letter(
        kind="penalty",
        year=2026,
        serial=serial,
        customer=customer,
        about_id=new_id(),
        certificate_id=new_id(),
        digest="a" * 64,
        issued_at=NOON,
        issued_by=principal,
    )
    for name, value in more.items():
        setattr(row, name, value)
    row.content = "{}"
    row.save(force_insert=True)
    return row


def printed(row, nth=1, form="html", digest="") -> LetterPrint:
    return LetterPrint.objects.create(letter=row, nth=nth, form=form, digest=digest, at=NOON, principal=row.issued_by)


def delivered(row, way="counter", day=date(2026, 1, 5), number="") -> LetterDelivery:
    return LetterDelivery.objects.create(
        letter=row, way=way, day=day, tracking_number=number, at=NOON, principal=row.issued_by
    )


#: Rows that the database refuses after a first letter, by constraint.
LETTERS = {
    "letter_number_once": {"serial": 1},
    "letter_number_follows": {"serial": 3},
    "letter_kind_known": {"kind": "greeting"},
    "letter_serial_counts_from_one": {"serial": 0},
    "letter_digest_shape": {"serial": 2, "digest": "x"},
    "letter_rests_on_a_certificate": {"serial": 2, "certificate_id": None},
}


@pytest.mark.parametrize("name", LETTERS)
def test_impossible_letters_are_refused_by_name(zhang, principal, name):
    letter(zhang, principal)
    with refused_by(name):
        letter(zhang, principal, **LETTERS[name])


def test_replacement_letter_has_the_same_customer_and_certificate(zhang, principal):
    first = letter(zhang, principal)
    with refused_by("letter_number_follows"):
        letter(zhang, principal, year=2025)
    with refused_by("letter_once"):
        letter(zhang, principal, serial=2, about_id=first.about_id)
    with refused_by("letter_replaces_alike"):
        letter(zhang, principal, serial=2, replaces=first)
    second = letter(zhang, principal, serial=2, about_id=first.about_id, replaces=first)
    with refused_by("letter_replaces_alike"):
        letter(factories.customer(), principal, serial=3, about_id=first.about_id, replaces=second)


def test_prints_are_counted_and_only_printed_letters_are_delivered(zhang, principal):
    row = letter(zhang, principal)
    with refused_by("letter_delivered_once_printed"):
        delivered(row)
    with refused_by("letter_print_follows"):
        printed(row, nth=2)
    printed(row)
    with refused_by("letter_print_once"):
        printed(row)
    with refused_by("letter_print_form_known"):
        printed(row, nth=2, form="pdf")
    with refused_by("letter_delivery_tracked"):
        delivered(row, "pigeon")
    with refused_by("letter_delivery_tracked"):
        delivered(row, "post")
    with refused_by("letter_delivery_tracked"):
        delivered(row, number="EA123456789CN")
    for day in (date(2026, 1, 4), date(2026, 1, 6)):
        with refused_by("letter_delivered_once_printed"):
            delivered(row, day=day)
    delivered(row)


@pytest.mark.owner
@pytest.mark.parametrize("table", ["accounts_letter", "accounts_letterprint", "accounts_letterdelivery"])
def test_rows_of_letters_never_change(zhang, principal, table):
    row = letter(zhang, principal)
    printed(row)
    delivered(row)
    with pytest.raises(Exception, match="append"), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET id = id")
