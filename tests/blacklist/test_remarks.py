"""Remarks about facts of a certificate that do not fit its legal basis, and those that need manual review."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from blacklist.policy.content import Extent, PaperFacts, Sentence, reasons_to_review, remarks_of
from blacklist.vocabulary import AuthorityLevel, Category, Remark, ReviewReason, SentenceKind

ENOUGH = Extent(accounts=3)


def paper(basis: str, day: date, **changes: Any) -> PaperFacts:
    facts: dict[str, Any] = {"category": Category.SELL, "level": AuthorityLevel.PREFECTURE, "extent": ENOUGH}
    return PaperFacts(legal_basis=basis, certified_on=day, **facts | changes)


@pytest.mark.parametrize(
    ("basis", "day", "remarks"),
    [
        pytest.param("NOTICE_2016", date(2016, 12, 31), [Remark.BASIS_NOT_YET_IN_FORCE], id="notice-day-before"),
        pytest.param("NOTICE_2016", date(2017, 1, 1), [], id="notice-first-day"),
        pytest.param("NOTICE_2016", date(2019, 3, 31), [], id="notice-last-day"),
        pytest.param("NOTICE_2016", date(2019, 4, 1), [Remark.BASIS_REPLACED], id="notice-replaced"),
        pytest.param("NOTICE_2016", date(2026, 6, 1), [Remark.BASIS_REPLACED], id="notice-replaced-twice"),
        pytest.param("PBOC_85", date(2019, 3, 31), [Remark.BASIS_NOT_YET_IN_FORCE], id="85-day-before"),
        pytest.param("PBOC_85", date(2019, 4, 1), [], id="85-first-day"),
        pytest.param("PBOC_85", date(2024, 11, 30), [], id="85-last-day"),
        pytest.param("PBOC_85", date(2024, 12, 1), [Remark.BASIS_REPLACED], id="85-replaced"),
        pytest.param("JDM_2024", date(2024, 11, 30), [Remark.BASIS_NOT_YET_IN_FORCE], id="jdm-day-before"),
        pytest.param("JDM_2024", date(2024, 12, 1), [], id="jdm-first-day"),
    ],
)
def test_remark_depends_on_the_day_of_the_legal_basis(basis, day, remarks):
    assert [*remarks_of(paper(basis, day))] == remarks


@pytest.mark.parametrize("basis", ["NOTICE_2016", "PBOC_85", "JDM_2024"])
def test_provisions_on_case_accounts_are_not_replaced(basis):
    assert remarks_of(paper(basis, date(2026, 6, 1), category=Category.CASE_ACCOUNT, extent=None)) == ()


@pytest.mark.parametrize(
    ("basis", "category", "last_day", "shorter"),
    [
        ("NOTICE_2016", Category.SELL, date(2023, 5, 31), True),
        ("NOTICE_2016", Category.SELL, date(2023, 6, 1), False),
        ("PBOC_85", Category.SELL, date(2023, 5, 31), True),
        ("PBOC_85", Category.SELL, date(2023, 6, 1), False),
        ("JDM_2024", Category.SELL, date(2018, 6, 2), False),
        ("NOTICE_2016", Category.CASE_ACCOUNT, date(2090, 1, 1), True),
        ("JDM_2024", Category.CASE_ACCOUNT, date(2090, 1, 1), False),
    ],
)
def test_a_shorter_term_is_remarked_where_it_does_not_prevail(basis, category, last_day, shorter):
    written = paper(basis, date(2018, 6, 1), category=category, term=(date(2018, 6, 1), last_day))
    assert (Remark.TERM_SHORTER in remarks_of(written)) is shorter


@pytest.mark.parametrize(
    ("category", "term", "remark"),
    [
        pytest.param("SELL", (date(2026, 6, 1), date(2028, 5, 31)), None, id="a-day-below-two-years"),
        pytest.param("SELL", (date(2026, 6, 1), date(2028, 6, 1)), None, id="two-years"),
        pytest.param("SELL", (date(2026, 6, 1), date(2028, 6, 2)), "TERM_LONGER", id="a-day-beyond-two-years"),
        pytest.param("CRIMINAL_PUNISHED", (date(2026, 6, 1), date(2029, 6, 1)), None, id="three-years"),
        pytest.param("CRIMINAL_PUNISHED", (date(2026, 6, 1), date(2029, 6, 2)), "TERM_LONGER", id="beyond-three-years"),
        pytest.param("SELL", (date(2026, 6, 1), date(2031, 6, 1)), "TERM_LONGER", id="five-years"),
        pytest.param("SELL", (date(2026, 6, 1), date(2031, 6, 2)), "TERM_BEYOND_FIVE_YEARS", id="a-day-beyond-five"),
        pytest.param("SELL", (date(2027, 1, 1), date(2029, 1, 1)), None, id="from-its-own-first-day"),
        pytest.param(
            "SELL", (date(2027, 1, 1), date(2032, 1, 2)), "TERM_BEYOND_FIVE_YEARS", id="five-from-its-own-day"
        ),
        pytest.param("SELL", (date(2028, 2, 29), date(2030, 2, 28)), None, id="from-a-leap-day"),
        pytest.param("SELL", (date(2028, 2, 29), date(2030, 3, 1)), "TERM_LONGER", id="from-a-leap-day-beyond"),
        pytest.param("SELL", (date(2027, 2, 28), date(2032, 2, 28)), "TERM_LONGER", id="into-a-leap-year"),
        pytest.param("SELL", (date(2027, 2, 28), date(2032, 2, 29)), "TERM_BEYOND_FIVE_YEARS", id="leap-year-beyond"),
    ],
)
def test_a_term_longer_than_the_basis_sets_always_goes_to_review(category, term, remark):
    """《联合惩戒办法》: two or three years, five without a break."""
    found = remarks_of(paper("JDM_2024", date(2026, 6, 1), category=Category(category), term=term))
    assert found == ((Remark(remark),) if remark else ())
    assert reasons_to_review(found, all_of_them=False) == ((ReviewReason(remark),) if remark else ())


@pytest.mark.parametrize("before", [0, 1, 100])
def test_a_term_that_begins_before_the_certification_goes_to_review(before):
    begin = date(2026, 6, 1) - timedelta(days=before)
    found = remarks_of(paper("JDM_2024", date(2026, 6, 1), term=(begin, date(2028, 1, 1))))
    assert found == ((Remark.TERM_BEFORE_CERTIFICATION,) if before else ())
    assert reasons_to_review(found, all_of_them=False) == tuple(ReviewReason(each.value) for each in found)


@pytest.mark.parametrize("basis", ["NOTICE_2016", "PBOC_85", "JDM_2024"])
def test_a_punishment_without_a_term_goes_to_review_where_the_paper_sets_it(basis):
    punished = paper(basis, date(2026, 6, 1), category=Category.CRIMINAL_PUNISHED)
    by_itself = Remark.TERM_NOT_STATED in remarks_of(punished)
    sentenced = replace(punished, sentence=Sentence(SentenceKind.NON_CUSTODIAL, date(2026, 5, 1)))
    assert by_itself is (basis == "JDM_2024")
    assert Remark.TERM_NOT_STATED not in remarks_of(sentenced)
    assert Remark.TERM_NOT_STATED not in remarks_of(replace(punished, term=(date(2026, 6, 1), date(2029, 6, 1))))


@pytest.mark.parametrize("basis", ["NOTICE_2016", "PBOC_85", "JDM_2024"])
def test_a_punished_organization_goes_to_review(basis):
    """《联合惩戒办法》 第三条(一): 受过刑事处罚的人员."""
    facts = {"names_organization": True, "term": (date(2018, 6, 1), date(2020, 6, 1))}
    punished = remarks_of(paper(basis, date(2018, 6, 1), category=Category.CRIMINAL_PUNISHED, **facts))
    assert Remark.UNIT_AS_PUNISHED in punished
    assert ReviewReason.UNIT_AS_PUNISHED in reasons_to_review(punished, all_of_them=False)
    assert Remark.UNIT_AS_PUNISHED not in remarks_of(paper(basis, date(2018, 6, 1), **facts))


@pytest.mark.parametrize("basis", ["NOTICE_2016", "PBOC_85", "JDM_2024"])
@pytest.mark.parametrize("category", Category)
def test_term_cut_at_five_years_has_a_remark(basis, category):
    long = paper(basis, date(2026, 6, 1), category=category, term=(date(2026, 6, 1), date(2036, 6, 1)))
    cut = basis == "JDM_2024" and category != Category.CASE_ACCOUNT
    assert (Remark.TERM_BEYOND_FIVE_YEARS in remarks_of(long)) is cut


@pytest.mark.parametrize(
    ("extent", "below"),
    [
        pytest.param(None, True, id="nothing-said"),
        pytest.param(Extent(2, 2, 2), True, id="two-of-each"),
        pytest.param(Extent(accounts=2), True, id="two-of-one"),
        pytest.param(Extent(accounts=3), False, id="three-accounts"),
        pytest.param(Extent(0, 3, 0), False, id="three-times"),
        pytest.param(Extent(counterparties=3), False, id="three-counterparties"),
        pytest.param(Extent(4, None, None), False, id="four"),
    ],
)
def test_threshold_is_reached_by_three_of_one_kind(extent, below):
    """《联合惩戒办法》 第三条(二)."""
    certificate = paper("JDM_2024", date(2026, 6, 1), extent=extent)
    assert (Remark.BELOW_THRESHOLD in remarks_of(certificate)) is below
    assert reasons_to_review(remarks_of(certificate), all_of_them=False) == (
        (ReviewReason.BELOW_THRESHOLD,) if below else ()
    )


@pytest.mark.parametrize(
    ("category", "level", "asked"),
    [(each, AuthorityLevel.PREFECTURE, each in {"RENT", "LEND", "SELL", "BUY", "ORGANISE"}) for each in Category]
    + [
        (Category.SELL, AuthorityLevel.DISTRICT_BRANCH, True),
        (Category.SELL, AuthorityLevel.PROVINCE, False),
        (Category.SELL, AuthorityLevel.MINISTRY, False),
    ],
)
def test_subjects_to_whom_the_threshold_applies(category, level, asked):
    certificate = paper("JDM_2024", date(2026, 6, 1), category=category, level=level, extent=None)
    assert (Remark.BELOW_THRESHOLD in remarks_of(certificate)) is asked


def test_older_bases_have_no_threshold():
    for basis in ("NOTICE_2016", "PBOC_85"):
        assert remarks_of(paper(basis, date(2019, 4, 1), extent=None)) in ((), (Remark.BASIS_REPLACED,))


def test_the_others_go_to_review_where_the_bank_says_so():
    remarks = remarks_of(paper("NOTICE_2016", date(2026, 6, 1), term=(date(2026, 6, 1), date(2027, 6, 1))))
    assert remarks == (Remark.BASIS_REPLACED, Remark.TERM_SHORTER)
    assert reasons_to_review(remarks, all_of_them=False) == ()
    assert reasons_to_review(remarks, all_of_them=True) == (ReviewReason.BASIS_REPLACED, ReviewReason.TERM_SHORTER)
