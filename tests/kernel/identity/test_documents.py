"""Documents are parsed into one identity per person, or refused on a named field."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from config.kernel.identity.documents import (
    CITIZEN_TYPES,
    INDIVIDUAL_TYPES,
    ORGANIZATION_TYPES,
    DocumentError,
    DocumentType,
    check_validity,
    parse_document,
)
from tests.kernel.identity.papers import TODAY, ZHANG, citizen, refused

CREDIT_CODES = [
    "91350100M000100Y43",
    "91110000600037341L",
    "91110108551385082Q",
    "91110108MA01002270",
]

citizen_types = pytest.mark.parametrize("kind", sorted(CITIZEN_TYPES))


# The vectors of the rule table, section 9


@citizen_types
@pytest.mark.parametrize(
    ("number", "born_on"),
    [
        pytest.param(ZHANG, date(1949, 12, 31), id="RIC18 check digit X"),
        pytest.param("440524188001010014", date(1880, 1, 1), id="RIC18 born 1880"),
        pytest.param("360426199101010071", date(1991, 1, 1), id="RIC18 ordinary"),
        pytest.param("110105200402290020", date(2004, 2, 29), id="RIC18 leap day"),
    ],
)
def test_citizen_number_is_parsed(kind, number, born_on):
    document = parse_document(kind, number, on=TODAY)
    assert document.number == document.compared == number
    assert (document.group, document.country) == ("citizen", "")
    assert document.birth_date == born_on
    assert document.identity == f"citizen||{number}"


@citizen_types
@pytest.mark.parametrize(
    ("number", "reason"),
    [
        pytest.param("360426199101010072", "check digit", id="RIC18 wrong check"),
        pytest.param("110105202302290014", "does not exist", id="RIC18 2023-02-29"),
        pytest.param("110105491231002", "15-digit", id="RIC15"),
        pytest.param("810000199001010019", "residence permit", id="HMTRP as RIC18"),
        pytest.param("91350100M000100Y43", "citizen number", id="USCC as RIC18"),
    ],
)
def test_citizen_number_is_refused_with_the_reason(kind, number, reason):
    fault = refused(kind, number)
    assert fault.field == "number"
    assert reason in fault.en


@pytest.mark.parametrize("number", ["810000199001010019", "820000199001010010", "830000199001010012"])
def test_residence_permit_of_hong_kong_macau_and_taiwan_is_parsed(number):
    document = parse_document("hmt_residence", number, on=TODAY)
    assert document.identity == f"hmt_residence||{number}"
    assert document.birth_date == date(1990, 1, 1)


@pytest.mark.parametrize("number", CREDIT_CODES)
def test_credit_code_is_parsed(number):
    document = parse_document("uscc", number, on=TODAY)
    assert document.identity == f"uscc||{number}"
    assert document.birth_date is None
    assert document.is_organization


@pytest.mark.parametrize("number", CREDIT_CODES)
def test_credit_code_with_another_check_digit_is_refused(number):
    for digit in set("0123456789ABCDEFGHJKLMNPQRTUWXY") - {number[-1]}:
        assert "check digit" in refused("uscc", number[:-1] + digit).en


def test_permitted_first_letters_of_a_credit_code_are_accepted():
    body = "N2110108MA0100227"
    accepted = [d for d in "0123456789ABCDEFGHJKLMNPQRTUWXY" if _reads("uscc", body + d)]
    assert len(accepted) == 1


@pytest.mark.parametrize("letter", "IOSVZ")
def test_forbidden_letters_of_a_credit_code_are_refused(letter):
    assert refused("uscc", f"91110108{letter}51385082Q").field == "number"


# Dates inside the number


@citizen_types
def test_birth_today_is_accepted_and_tomorrow_refused(kind):
    on = date(2026, 11, 25)
    assert parse_document(kind, citizen("110105", "20261125"), on=on)
    assert "future" in refused(kind, citizen("110105", "20261126"), on=on).en


def test_birth_before_1850_is_refused():
    assert parse_document("resident_id", citizen("110105", "18500101"), on=TODAY)
    too_old = refused("resident_id", citizen("110105", "18491231"))
    assert "too long ago" in too_old.en


@pytest.mark.parametrize("birth", ["19900230", "19901301", "19900100", "00000101"])
def test_impossible_day_is_refused(birth):
    assert "does not exist" in refused("resident_id", citizen("110105", birth)).en


@pytest.mark.parametrize(
    ("district", "birth"),
    [
        pytest.param("310115", "19850101", id="Pudong, before it had a code"),
        pytest.param("440305", "19800101", id="Nanshan, before it had a code"),
        pytest.param("199999", "19800101", id="no district at all"),
        pytest.param("888888", "19800101", id="no province at all"),
    ],
)
def test_district_code_unknown_for_the_birth_year_is_accepted(district, birth):
    assert parse_document("resident_id", citizen(district, birth), on=TODAY)


@pytest.mark.parametrize("first", "09")
def test_citizen_number_without_a_region_is_refused(first):
    assert refused("resident_id", citizen(f"{first}10105", "19900101"))


def test_birth_date_on_the_foreign_resident_card_of_2023_is_read():
    number = citizen("911124", "19800229")
    document = parse_document("foreign_pr_id", number, on=TODAY)
    assert document.birth_date == date(1980, 2, 29)
    assert refused("foreign_pr_id", citizen("911124", "19810229"))
    assert refused("foreign_pr_id", citizen("911124", "20261126"))
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    assert "check digit" in refused("foreign_pr_id", wrong).en


# Formats of the other documents: accepted, and almost right


@pytest.mark.parametrize(
    ("kind", "country", "number", "compared"),
    [
        pytest.param("hk_macau_permit", None, "H12345678", "H12345678", id="HKMO 8"),
        pytest.param("hk_macau_permit", None, "M1234567801", "M12345678", id="HKMO 10"),
        pytest.param("taiwan_permit", None, "12345678", "12345678", id="TWP 8"),
        pytest.param("taiwan_permit", None, "1234567802", "12345678", id="TWP 10"),
        pytest.param("foreign_pr_id", None, "USA123456789012", "USA123456789012", id="FPR15"),
        pytest.param("passport", "CHN", "E12345678", "E12345678", id="PASS_CN E"),
        pytest.param("passport", "CHN", "EA1234567", "EA1234567", id="PASS_CN EA"),
        pytest.param("passport", "CHN", "G12345678", "G12345678", id="PASS_CN G"),
        pytest.param("passport", "CHN", "DE1234567", "DE1234567", id="PASS_CN D"),
        pytest.param("passport", "GBR", "12345", "12345", id="PASS_F 5"),
        pytest.param("passport", "DEU", "C" * 17, "C" * 17, id="PASS_F 17"),
        pytest.param("military_id", None, "军字第1234567号", "军字第1234567号", id="MIL Han"),
        pytest.param("military_id", None, "A-1", "A-1", id="MIL hyphen"),
        pytest.param("military_id", None, "1" * 32, "1" * 32, id="MIL 32"),
    ],
)
def test_other_documents_are_parsed(kind, country, number, compared):
    document = parse_document(kind, number, country, on=TODAY)
    assert document.number == number
    assert document.compared == compared
    assert document.identity == f"{kind}|{country or ''}|{compared}"


@pytest.mark.parametrize(
    ("kind", "country", "number"),
    [
        ("hk_macau_permit", None, "A12345678"),
        ("hk_macau_permit", None, "H123456789"),
        ("hk_macau_permit", None, "H1234567"),
        ("hk_macau_permit", None, "H12345678012"),
        ("taiwan_permit", None, "1234567"),
        ("taiwan_permit", None, "123456789"),
        ("taiwan_permit", None, "T12345678"),
        ("hmt_residence", None, "810000199001010010"),
        ("hmt_residence", None, "840000199001010019"),
        ("hmt_residence", None, "810001199001010019"),
        ("hmt_residence", None, ZHANG),
        ("foreign_pr_id", None, "US1234567890123"),
        ("foreign_pr_id", None, "USA12345678901"),
        ("foreign_pr_id", None, ZHANG),
        ("passport", "CHN", "EI1234567"),
        ("passport", "CHN", "EO1234567"),
        ("passport", "CHN", "G1234567"),
        ("passport", "CHN", "X12345678"),
        ("passport", "GBR", "1234"),
        ("passport", "GBR", "1" * 18),
        ("passport", "GBR", "123-456"),
        ("resident_id", None, "110105-19491231002X"),
        ("uscc", None, "91110000-600037341L"),
        ("military_id", None, "1" * 33),
        ("military_id", None, "-"),
        ("military_id", None, "军字(1)号"),
        ("military_id", None, "Ж123"),
        ("uscc", None, ZHANG),
        ("uscc", None, "110105491231002"),
    ],
)
def test_number_that_nearly_fits_its_format_is_refused(kind, country, number):
    assert refused(kind, number, country).field == "number"


# One person stays one person


def test_the_three_documents_with_a_citizen_number_are_one_person():
    identities = {parse_document(k, ZHANG, on=TODAY).identity for k in CITIZEN_TYPES}
    assert identities == {"citizen||11010519491231002X"}


def test_a_travel_permit_stays_the_same_person_when_it_is_reissued():
    first, second = "H1234567801", "H1234567802"
    assert _identity("hk_macau_permit", first) == _identity("hk_macau_permit", second)
    assert _identity("taiwan_permit", "12345678") == _identity("taiwan_permit", "1234567803")


def test_one_passport_number_of_two_countries_is_two_persons():
    assert _identity("passport", "123456789", "GBR") != _identity("passport", "123456789", "USA")


@pytest.mark.parametrize("country", ["GBR", "GB", "gbr", "gb", "ＧＢＲ"])
def test_a_country_has_one_code_however_it_is_written(country):
    assert parse_document("passport", "123456789", country, on=TODAY).country == "GBR"


def test_the_type_is_never_inferred_from_the_number():
    code = "91350100M000100Y43"
    assert _reads("uscc", code)
    assert not _reads("foreign_pr_id", code)
    number = citizen("911124", "19800229")
    assert _identity("foreign_pr_id", number).startswith("foreign_pr_id|")
    assert _reads("military_id", ZHANG)
    assert _identity("military_id", ZHANG) != _identity("resident_id", ZHANG)


@pytest.mark.parametrize(
    ("kind", "typed", "number"),
    [
        ("resident_id", "11010519491231002x", ZHANG),
        ("resident_id", "１１０１０５１９４９１２３１００２Ｘ", ZHANG),
        ("resident_id", "11010519491231002ｘ", ZHANG),
        ("hk_macau_permit", "ｈ１２３４５６７８", "H12345678"),
        ("uscc", "91350100m000100y43", "91350100M000100Y43"),
        ("military_id", "军字－ａ１", "军字-A1"),
    ],
)
def test_width_and_case_do_not_make_another_person(kind, typed, number):
    assert parse_document(kind, typed, on=TODAY).number == number


# Types, countries and validity


@pytest.mark.parametrize("kind", ["", "RESIDENT_ID", "id", "resident_id ", "护照"])
def test_unknown_type_is_refused(kind):
    assert refused(kind, ZHANG).field == "type"


@pytest.mark.parametrize("country", [None, "", "XX", "XXX", "UK", "中国", "GB ", "826"])
def test_passport_without_an_iso_3166_country_is_refused(country):
    assert refused("passport", "123456789", country).field == "country"


@pytest.mark.parametrize("kind", sorted(set(DocumentType) - {"passport"}))
def test_country_with_any_other_document_is_refused(kind):
    assert refused(kind, ZHANG, "CHN").field == "country"


def test_every_type_belongs_to_individuals_or_to_organizations():
    assert frozenset(DocumentType) == INDIVIDUAL_TYPES | ORGANIZATION_TYPES
    assert not INDIVIDUAL_TYPES & ORGANIZATION_TYPES


def test_a_document_is_good_through_its_last_day():
    check_validity(TODAY, on=TODAY)
    check_validity(TODAY + timedelta(days=1), on=TODAY)
    check_validity(None, on=TODAY)
    with pytest.raises(DocumentError) as caught:
        check_validity(TODAY - timedelta(days=1), on=TODAY)
    assert caught.value.field == "valid_until"


def test_a_document_does_not_print_its_number():
    text = repr(parse_document("resident_id", ZHANG, on=TODAY))
    assert ZHANG not in text
    assert "1949" not in text


def _reads(kind: str, number: str) -> bool:
    try:
        parse_document(kind, number, on=TODAY)
    except DocumentError:
        return False
    return True


def _identity(kind: str, number: str, country: str | None = None) -> str:
    return parse_document(kind, number, country, on=TODAY).identity
