"""From listings to restrictions: five years, three years, exact to the microsecond."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from accounts.policy.restrictions import longest_of_kind
from blacklist.policy.calendar import ListingPeriod, spans_of
from blacklist.policy.listings import Listing, Reverified
from blacklist.policy.penalties import regime_of
from blacklist.policy.restrictions import (
    Restriction,
    restrictions_of_account,
    restrictions_of_person,
)
from blacklist.refusals import LegalBasisNotOffered
from blacklist.regimes import LegalBasis
from blacklist.vocabulary import Category, RestrictionCause
from blacklist.vocabulary import RestrictionKind as Kind
from config.kernel.law.clauses import (
    NOTICE_5_CASE_HOLDER,
    NOTICE_5_OPENING_BAR,
    NOTICE_5_SUSPENSION,
    PBOC_261_CASE_HOLDER,
)
from config.kernel.law.dates import SHANGHAI

TICK = timedelta(microseconds=1)
CASE = UUID(int=5)
PENALTIES = [category for category in Category if category != Category.CASE_ACCOUNT]


def midnight(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=SHANGHAI)


LATE_MARCH = midnight(2017, 3, 20)


def listing(
    certified_on: date = date(2017, 3, 15),
    *,
    category: Category = Category.SELL,
    in_force_at: datetime = LATE_MARCH,
    account_number: str | None = None,
    card_key: bytes | None = None,
    certificate_id: UUID | None = None,
    names_outside: bool = False,
) -> Listing:
    return Listing(
        certificate_id=certificate_id or uuid4(),
        category=category,
        legal_basis=LegalBasis("NOTICE_2016"),
        certified_on=certified_on,
        in_force_at=in_force_at,
        identity_key=None if account_number or card_key else b"k" * 32,
        account_number=account_number,
        card_key=card_key,
        names_outside=names_outside,
    )


def kinds(restrictions: tuple[Restriction, ...]) -> list[Kind]:
    return [each.kind for each in restrictions]


@pytest.mark.parametrize("category", PENALTIES)
def test_every_penalised_category_has_the_same_three_measures(category: Category) -> None:
    found = restrictions_of_person([listing(category=category)], at=midnight(2018, 1, 1))
    assert kinds(found) == [Kind.NON_COUNTER_SUSPENDED, Kind.PAYMENT_BUSINESS_SUSPENDED, Kind.OPENING_BARRED]
    assert {each.cause for each in found} == {RestrictionCause.PENALTY}
    assert {each.starts_at for each in found} == {midnight(2017, 3, 15)}


@pytest.mark.parametrize("category", PENALTIES)
def test_clause_is_cited_for_certified_and_not_for_punished_persons(category: Category) -> None:
    found = restrictions_of_person([listing(category=category)], at=midnight(2018, 1, 1))
    clauses = {NOTICE_5_SUSPENSION, NOTICE_5_OPENING_BAR}
    assert {each.clause for each in found} == ({None} if category == Category.CRIMINAL_PUNISHED else clauses)
    cited = [NOTICE_5_SUSPENSION] * 2 + [NOTICE_5_OPENING_BAR]
    assert [each.answer()["clause"] for each in found] == (
        [None] * 3 if category == Category.CRIMINAL_PUNISHED else list(map(str, cited))
    )


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param(listing(date(2016, 11, 20), in_force_at=midnight(2016, 12, 10)), id="a penalty"),
        pytest.param(
            listing(
                date(2016, 11, 20),
                category=Category.CASE_ACCOUNT,
                in_force_at=midnight(2016, 12, 10),
                account_number="6217A",
            ),
            id="a case account",
        ),
    ],
)
def test_no_restriction_before_2017_for_any_certification_day(listed: Listing) -> None:
    """通告第五条: 自2017年起; the penalty counts from its certification day nevertheless."""
    begins = midnight(2017, 1, 1)

    def restricted(at: datetime) -> set[Kind]:
        about = {"account_number": "6217A", "card_keys": (), "payment": False, "at": at}
        return {*kinds(restrictions_of_person([listed], at=at)), *kinds(restrictions_of_account([listed], **about))}

    assert restricted(begins - TICK) == set()
    assert restricted(begins) >= {Kind.NON_COUNTER_SUSPENDED, Kind.PAYMENT_BUSINESS_SUSPENDED}
    assert {Kind.OPENING_BARRED, Kind.CASE_ACCOUNT_STOPPED} & restricted(begins)
    for each in restrictions_of_person([listed], at=begins):
        if each.cause == RestrictionCause.PENALTY:
            assert each.starts_at == midnight(2016, 11, 20)
            assert each.until in {midnight(2021, 11, 21), midnight(2019, 11, 21)}
        else:
            assert each.starts_at == begins
    (span, *_) = spans_of(ListingPeriod(listed, "1"))
    assert span.restricts_from == begins


def test_the_grace_of_a_case_accounts_holder_is_counted_from_the_approval() -> None:
    approved = listing(category=Category.CASE_ACCOUNT, in_force_at=midnight(2016, 12, 30), account_number="6217A")
    for days, begins in [(1, midnight(2017, 1, 1)), (3, midnight(2017, 1, 3))]:
        assert restrictions_of_person([approved], at=begins - TICK, grace_days=days) == ()
        assert len(restrictions_of_person([approved], at=begins, grace_days=days)) == 2


def test_clause_is_cited_for_no_days_of_grace_and_for_those_of_document_261() -> None:
    case = listing(category=Category.CASE_ACCOUNT, in_force_at=midnight(2026, 6, 15), account_number="6217A")
    clauses = {0: NOTICE_5_CASE_HOLDER, 2: None, 3: PBOC_261_CASE_HOLDER, 5: None}
    for days, clause in clauses.items():
        found = restrictions_of_person([case], at=midnight(2026, 7, 1), grace_days=days)
        assert {each.clause for each in found} == {clause}
        assert all((f"宽限期{days}日" in each.grounds) is (clause is None) for each in found)


@pytest.mark.parametrize(
    ("certified_on", "suspended_until", "barred_until"),
    [
        pytest.param(date(2017, 3, 15), midnight(2022, 3, 16), midnight(2020, 3, 16), id="the last day is whole"),
        pytest.param(date(2020, 2, 29), midnight(2025, 3, 1), midnight(2023, 3, 1), id="leap day clamps: 10.3"),
        pytest.param(date(2019, 2, 28), midnight(2024, 2, 29), midnight(2022, 3, 1), id="into a leap year"),
        pytest.param(date(2016, 12, 31), midnight(2022, 1, 1), midnight(2020, 1, 1), id="over the year's end"),
        pytest.param(date(2014, 6, 1), midnight(2019, 6, 2), midnight(2017, 6, 2), id="whatever its date"),
    ],
)
def test_terms_are_counted_by_calendar_and_end_at_midnight_after_the_last_day(
    certified_on: date, suspended_until: datetime, barred_until: datetime
) -> None:
    listed = [listing(certified_on, in_force_at=midnight(2014, 6, 1))]
    for kind, until in [
        (Kind.NON_COUNTER_SUSPENDED, suspended_until),
        (Kind.PAYMENT_BUSINESS_SUSPENDED, suspended_until),
        (Kind.OPENING_BARRED, barred_until),
    ]:
        last = restrictions_of_person(listed, at=until - TICK)
        assert kind in kinds(last)
        assert longest_of_kind(last, kind).until == until  # type: ignore[union-attr]
        assert kind not in kinds(restrictions_of_person(listed, at=until))


def test_restricts_from_the_approval_and_not_before() -> None:
    listed = [listing(in_force_at=midnight(2017, 3, 20))]
    assert restrictions_of_person(listed, at=midnight(2017, 3, 20) - TICK) == ()
    assert len(restrictions_of_person(listed, at=midnight(2017, 3, 20))) == 3


def test_several_certificates_are_a_union_each_listed_never_a_sum() -> None:
    older, newer = listing(date(2017, 3, 15)), listing(date(2019, 5, 1), in_force_at=midnight(2019, 6, 1))
    at = midnight(2020, 3, 16)
    found = restrictions_of_person([older, newer], at=at)
    suspensions = [each for each in found if each.kind == Kind.NON_COUNTER_SUSPENDED]
    assert [each.certificate_id for each in suspensions] == [older.certificate_id, newer.certificate_id]
    assert longest_of_kind(found, Kind.NON_COUNTER_SUSPENDED).until == midnight(2024, 5, 2)  # type: ignore[union-attr]
    assert [each.certificate_id for each in found if each.kind == Kind.OPENING_BARRED] == [newer.certificate_id]


def test_an_open_end_is_the_longest() -> None:
    case = listing(category=Category.CASE_ACCOUNT, account_number="6217")
    found = restrictions_of_person([listing(), case], at=midnight(2018, 1, 1))
    assert longest_of_kind(found, Kind.NON_COUNTER_SUSPENDED).until is None  # type: ignore[union-attr]
    assert longest_of_kind(found, Kind.OPENING_BARRED).until == midnight(2020, 3, 16)  # type: ignore[union-attr]
    assert longest_of_kind(found, Kind.CASE_ACCOUNT_STOPPED) is None


def test_two_documents_on_one_certificate_are_one_restriction() -> None:
    certificate_id = uuid4()
    found = restrictions_of_person(
        [listing(certificate_id=certificate_id), listing(certificate_id=certificate_id)], at=midnight(2018, 1, 1)
    )
    assert len(found) == 3


class TestCaseAccounts:
    IN_FORCE = datetime(2026, 6, 15, 12, 0, tzinfo=SHANGHAI)

    def case(self) -> Listing:
        return listing(
            date(2026, 6, 1), category=Category.CASE_ACCOUNT, in_force_at=self.IN_FORCE, account_number="6217A"
        )

    def test_holders_are_suspended_with_no_end_and_no_bar_on_opening(self) -> None:
        found = restrictions_of_person([self.case()], at=self.IN_FORCE)
        assert kinds(found) == [Kind.NON_COUNTER_SUSPENDED, Kind.PAYMENT_BUSINESS_SUSPENDED]
        assert {each.until for each in found} == {None}
        assert {each.starts_at for each in found} == {self.IN_FORCE}
        assert kinds(restrictions_of_person([self.case()], at=midnight(2099, 1, 1))) == kinds(found)

    def test_the_named_account_is_stopped_and_the_others_suspended(self) -> None:
        for number, payment, expected in [
            ("6217A", False, [Kind.CASE_ACCOUNT_STOPPED]),
            ("6217a", True, [Kind.CASE_ACCOUNT_STOPPED]),
            ("6218", False, [Kind.NON_COUNTER_SUSPENDED]),
            ("6218", True, [Kind.PAYMENT_BUSINESS_SUSPENDED]),
        ]:
            found = restrictions_of_account(
                [self.case()], account_number=number, card_keys=(), payment=payment, at=self.IN_FORCE
            )
            assert kinds(found) == expected
        stopped = restrictions_of_account(
            [self.case()], account_number="6217A", card_keys=(), payment=False, at=self.IN_FORCE
        )
        assert stopped[0].clause.article == "一(二)"
        assert (
            restrictions_of_account(
                [self.case()], account_number="6217A", card_keys=(), payment=False, at=self.IN_FORCE - TICK
            )
            == ()
        )

    def test_named_by_one_of_its_cards_the_account_is_stopped_and_the_others_suspended(self) -> None:
        case = listing(
            date(2026, 6, 1), category=Category.CASE_ACCOUNT, in_force_at=self.IN_FORCE, card_key=b"replaced"
        )
        for cards, payment, expected in [
            ([b"new", b"replaced"], False, [Kind.CASE_ACCOUNT_STOPPED]),
            ([b"other"], False, [Kind.NON_COUNTER_SUSPENDED]),
            ([], True, [Kind.PAYMENT_BUSINESS_SUSPENDED]),
        ]:
            about = {"account_number": "6217A", "card_keys": cards, "payment": payment}
            assert kinds(restrictions_of_account([case], **about, at=self.IN_FORCE)) == expected
            assert restrictions_of_account([case], **about, at=self.IN_FORCE - TICK) == ()

    def test_named_by_account_and_by_card_it_is_stopped_once(self) -> None:
        case = self.case()
        both = [case, replace(case, account_number=None, card_key=b"card")]
        found = restrictions_of_account(
            both, account_number="6217A", card_keys=[b"card"], payment=False, at=self.IN_FORCE
        )
        assert kinds(found) == [Kind.CASE_ACCOUNT_STOPPED]

    def test_a_named_subject_is_suspended_only_as_a_holder(self) -> None:
        """通告第五条 applies to 涉案账户开户人名下其他银行账户 only."""
        case = self.case()
        subject = replace(case, account_number=None, identity_key=b"k" * 32)
        about = {"account_number": "6218", "card_keys": (), "at": self.IN_FORCE}
        for listed, suspended in [
            ([subject], False),
            ([replace(subject, names_outside=True)], True),
            ([subject, case], True),
            ([case, subject], True),
            ([subject, replace(case, certificate_id=uuid4())], True),
            ([replace(subject, card_key=b"card", identity_key=None)], True),
        ]:
            expected = [Kind.NON_COUNTER_SUSPENDED, Kind.PAYMENT_BUSINESS_SUSPENDED] if suspended else []
            assert kinds(restrictions_of_person(listed, at=self.IN_FORCE)) == expected
            for payment, kind in [(False, Kind.NON_COUNTER_SUSPENDED), (True, Kind.PAYMENT_BUSINESS_SUSPENDED)]:
                found = restrictions_of_account(listed, payment=payment, **about)
                assert kinds(found) == ([kind] if suspended else [])
        assert spans_of(ListingPeriod(subject, "1")) == ()
        assert restrictions_of_person([replace(subject, category=Category.SELL)], at=midnight(2027, 1, 1)) != ()

    def test_another_certificate_still_bears_on_the_case_account(self) -> None:
        found = restrictions_of_account(
            [self.case(), listing(date(2026, 5, 1))],
            account_number="6217A",
            card_keys=(),
            payment=False,
            at=self.IN_FORCE,
        )
        assert kinds(found) == [Kind.CASE_ACCOUNT_STOPPED, Kind.NON_COUNTER_SUSPENDED]

    @pytest.mark.parametrize(
        ("reverified", "suspended"),
        [
            pytest.param(Reverified(IN_FORCE - TICK), True, id="261-1-2-before-it"),
            pytest.param(
                Reverified(IN_FORCE - TICK, frozenset({CASE})), True, id="261-1-2-before-it-whatever-was-shown"
            ),
            pytest.param(Reverified(IN_FORCE), True, id="house-at-one-instant-before-it"),
            pytest.param(
                Reverified(IN_FORCE, frozenset({UUID(int=99)})), True, id="house-at-one-instant-about-another"
            ),
            pytest.param(Reverified(IN_FORCE, frozenset({CASE})), False, id="house-at-one-instant-after-it"),
            pytest.param(Reverified(IN_FORCE + TICK), False, id="261-1-2-after-it"),
        ],
    )
    def test_verification_afterwards_lifts_the_suspension_only(self, reverified: Reverified, suspended: bool) -> None:
        at = self.IN_FORCE + timedelta(days=1)
        listed = [replace(self.case(), certificate_id=CASE), listing(date(2026, 5, 1))]
        person = restrictions_of_person(listed, at=at, reverified=reverified)
        causes = {each.cause for each in person}
        assert (RestrictionCause.CASE_HOLDER in causes) is suspended
        assert RestrictionCause.PENALTY in causes
        named = restrictions_of_account(
            listed, account_number="6217A", card_keys=(), payment=False, at=at, reverified=reverified
        )
        assert Kind.CASE_ACCOUNT_STOPPED in kinds(named)

    def test_three_days_of_grace_end_with_the_third_day(self) -> None:
        begins = midnight(2026, 6, 19)
        assert restrictions_of_person([self.case()], at=begins - TICK, grace_days=3) == ()
        found = restrictions_of_person([self.case()], at=begins, grace_days=3)
        assert {each.starts_at for each in found} == {begins}
        assert {(each.clause, each.house_reason) for each in found} == {(PBOC_261_CASE_HOLDER, None)}
        assert (
            restrictions_of_person(
                [self.case()], at=begins, grace_days=3, reverified=Reverified(begins - timedelta(days=1))
            )
            == ()
        )
        stopped = restrictions_of_account(
            [self.case()], account_number="6217A", card_keys=(), payment=False, at=self.IN_FORCE, grace_days=3
        )
        assert kinds(stopped) == [Kind.CASE_ACCOUNT_STOPPED]


def test_a_bar_on_opening_bears_on_no_account_that_exists() -> None:
    at = midnight(2018, 1, 1)
    assert kinds(restrictions_of_account([listing()], account_number="6", card_keys=(), payment=False, at=at)) == [
        Kind.NON_COUNTER_SUSPENDED
    ]
    assert kinds(restrictions_of_account([listing()], account_number="6", card_keys=(), payment=True, at=at)) == [
        Kind.PAYMENT_BUSINESS_SUSPENDED
    ]


def test_restriction_is_shown_as_in_the_contract() -> None:
    case = listing(category=Category.CASE_ACCOUNT, account_number="6")
    penalty, *_ = restrictions_of_person([listing(certificate_id=UUID(int=7))], at=midnight(2018, 1, 1))
    assert penalty.answer() == {
        "kind": "penalty",
        "code": "NON_COUNTER_SUSPENDED",
        "clause": "《关于防范和打击电信网络诈骗犯罪的通告》(2016) 第五条",
        "starts_at": "2017-03-15T00:00:00.000000+08:00",
        "until": "2022-03-16T00:00:00.000000+08:00",
        "last_day": "2022-03-15",
        "certificate_id": str(UUID(int=7)),
    }
    assert restrictions_of_person([case], at=midnight(2018, 1, 1))[0].answer()["until"] is None


def test_legal_basis_without_a_regime_is_refused() -> None:
    with pytest.raises(LegalBasisNotOffered) as refused:
        regime_of("RUMOUR")
    assert refused.value.fields == {"legal_basis": "RUMOUR", "offered": ["NOTICE_2016", "PBOC_85", "JDM_2024"]}
    assert "六部门通告（2016年）、银发〔2019〕85号、联合惩戒办法（2024年）" in refused.value.detail("zh")
