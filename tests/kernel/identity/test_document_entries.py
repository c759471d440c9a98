"""A typed document number is normalized exactly, or refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from config.kernel.identity import numbers
from config.kernel.identity.documents import DocumentError, DocumentType, parse_document
from tests.kernel.identity.papers import TODAY, ZHANG, citizen, refused

#: The sentences of refusals, among other text; Hypothesis tries words that it reads there.
SOURCE = "".join(path.read_text(encoding="utf-8") for path in Path(numbers.__file__).parent.glob("*.py"))
HOSTILE = {
    "leading space": " " + ZHANG,
    "trailing space": ZHANG + " ",
    "inner space": ZHANG[:6] + " " + ZHANG[6:],
    "full-width space": ZHANG + "\u3000",
    "no-break space": "\u00a0" + ZHANG,
    "newline at the end": ZHANG + "\n",
    "tab": ZHANG + "\t",
    "NUL": ZHANG + "\x00",
    "zero-width space": ZHANG[:6] + "\u200b" + ZHANG[6:],
    "zero-width joiner": ZHANG + "\u200d",
    "byte order mark": "\ufeff" + ZHANG,
    "word joiner": ZHANG + "\u2060",
    "bidi override": "\u202e" + ZHANG,
    "bidi isolate": "\u2066" + ZHANG,
    "Arabic letter mark": ZHANG + "\u061c",
    "Arabic-Indic digits": "١" + ZHANG[1:],
    "Devanagari digit": "१" + ZHANG[1:],
    "mathematical digit": "\U0001d7cf" + ZHANG[1:],
    "superscript digit": "¹" + ZHANG[1:],
    "circled digit": "①" + ZHANG[1:],
    "Roman numeral ten": ZHANG[:-1] + "Ⅹ",
    "Cyrillic kha": ZHANG[:-1] + "Х",
    "multiplication sign": ZHANG[:-1] + "×",
    "dash": ZHANG[:6] + "\u2013" + ZHANG[6:],
    "lone surrogate": "\ud800" + ZHANG,
    "private use": ZHANG + "\ue000",
    "empty": "",
    "a million digits": "1" * 1_000_000,
}


@pytest.mark.parametrize("kind", sorted(DocumentType))
def test_hostile_entry_is_refused(kind):
    country = "GBR" if kind == "passport" else None
    for name, number in HOSTILE.items():
        assert refused(kind, number, country).field == "number", name


@pytest.mark.parametrize("entry", ["ı2345678", "ſ2345678", "ß2345"])
def test_raising_the_case_never_lets_a_strange_letter_in(entry):
    assert refused("military_id", entry)
    assert refused("passport", entry, "GBR")


@given(
    district=st.integers(110000, 799999),
    born_on=st.dates(numbers.EARLIEST_BIRTH_ON, TODAY),
    sequence=st.integers(0, 999),
)
def test_every_wellformed_citizen_number_is_read_and_gives_its_birth_date(district, born_on, sequence):
    number = citizen(str(district), f"{born_on:%Y%m%d}", f"{sequence:03d}")
    document = parse_document("resident_id", number, on=TODAY)
    assert document.birth_date == born_on
    assert parse_document("resident_id", document.number, on=TODAY) == document


@given(place=st.integers(0, 17), other=st.sampled_from("0123456789X"))
def test_no_single_wrong_character_survives(place, other):
    assume(other != ZHANG[place])
    assert refused("resident_id", ZHANG[:place] + other + ZHANG[place + 1 :])


@given(place=st.integers(0, 16))
def test_no_two_swapped_neighbours_survive(place):
    swapped = ZHANG[:place] + ZHANG[place + 1] + ZHANG[place] + ZHANG[place + 2 :]
    assume(swapped != ZHANG)
    assert refused("resident_id", swapped)


@given(kind=st.sampled_from(sorted(DocumentType)), entry=st.text(max_size=40))
def test_any_text_is_parsed_or_refused_without_repeating_it(kind, entry):
    country = "GBR" if kind == "passport" else None
    try:
        document = parse_document(kind, entry, country, on=TODAY)
    except DocumentError as caught:
        fault = caught
    else:
        assert parse_document(kind, document.number, country, on=TODAY) == document
        return
    assert fault.zh
    assert fault.en
    assert fault.__suppress_context__ or fault.__context__ is None
    assert len(entry) < 5 or entry in SOURCE or entry not in fault.zh + fault.en
