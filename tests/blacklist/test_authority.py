"""Authorities that may certify."""

import pytest

from blacklist.policy.authority import judge_authority, known_region, level_of_region
from blacklist.refusals import AuthorityTooLow
from blacklist.vocabulary import AuthorityLevel as Level
from blacklist.vocabulary import ReviewReason


@pytest.mark.parametrize(
    ("level", "region"),
    [
        pytest.param(Level.MINISTRY, "000000", id="ministry has no region of its own"),
        pytest.param(Level.MINISTRY, "110105", id="ministry is exempt from its code"),
        pytest.param(Level.PROVINCE, "440000", id="province"),
        pytest.param(Level.PROVINCE, "110000", id="municipal bureau is provincial"),
        pytest.param(Level.PREFECTURE, "440100", id="districted city"),
        pytest.param(Level.PREFECTURE, "441900", id="Dongguan has no districts and ranks as a prefecture"),
        pytest.param(Level.PREFECTURE, "522300", id="autonomous prefecture"),
    ],
)
def test_authority_with_matching_rank_and_code_is_accepted(level: Level, region: str) -> None:
    assert judge_authority(level, region) == ()


@pytest.mark.parametrize("region", ["440105", "440100", "440000", "429004"])
def test_county_authority_is_refused_with_any_code(region: str) -> None:
    with pytest.raises(AuthorityTooLow) as refused:
        judge_authority(Level.COUNTY, region)
    assert "第五条" in str(refused.value.clause)
    assert "设区的市级" in refused.value.detail("zh")
    assert region in refused.value.detail("en")


@pytest.mark.parametrize(
    ("level", "region"),
    [
        (Level.PROVINCE, "440100"),
        (Level.PROVINCE, "440105"),
        (Level.PREFECTURE, "440000"),
        (Level.PREFECTURE, "440105"),
        pytest.param(Level.PREFECTURE, "110000", id="a municipality is a province"),
        pytest.param(Level.PREFECTURE, "110105", id="a municipality's district"),
        pytest.param(Level.PREFECTURE, "110100", id="the row that gathers Beijing's districts"),
        pytest.param(Level.PREFECTURE, "120100", id="the row that gathers Tianjin's districts"),
        pytest.param(Level.PREFECTURE, "310100", id="the row that gathers Shanghai's districts"),
        pytest.param(Level.PREFECTURE, "500100", id="the row that gathers Chongqing's districts"),
        pytest.param(Level.PREFECTURE, "429004", id="xx90xx: a county directly under the province"),
        pytest.param(Level.PREFECTURE, "469000", id="xx9000: the row that gathers them"),
    ],
)
def test_level_that_contradicts_its_code_needs_manual_review(level: Level, region: str) -> None:
    assert judge_authority(level, region) == (ReviewReason.LEVEL_CONTRADICTS_REGION,)


@pytest.mark.parametrize("region", ["110105", "310115", "120101", "500103", "440100"])
def test_district_branch_needs_manual_review(region: str) -> None:
    assert judge_authority(Level.DISTRICT_BRANCH, region) == (ReviewReason.DISTRICT_BRANCH,)


def test_rank_is_read_from_the_region_code() -> None:
    assert level_of_region("650000") == Level.PROVINCE
    assert level_of_region("650100") == Level.PREFECTURE
    assert level_of_region("659001") == Level.COUNTY


def test_provinces_are_known() -> None:
    assert known_region(Level.PREFECTURE, "820000")
    assert not known_region(Level.PREFECTURE, "990000")
    assert known_region(Level.MINISTRY, "000000")
