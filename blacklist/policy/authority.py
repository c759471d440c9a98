"""Authorities that may certify, by level and region code (认定机关的层级)."""

import re

from blacklist.refusals import AuthorityTooLow
from blacklist.vocabulary import AuthorityLevel, ReviewReason
from config.kernel.law.clauses import NOTICE_5_SUSPENSION, Clause

_REGION = re.compile(r"[0-9]{6}")

#: The first two digits of GB/T 2260: provinces, autonomous regions, municipalities, Hong Kong,
#: Macau and Taiwan.
PROVINCES = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
    ]
)

#: The row of GB/T 2260 that groups the districts of each municipality; no authority has it.
DISTRICTS_OF_MUNICIPALITIES = frozenset(["110100", "120100", "310100", "500100"])


def judge_authority(
    level: AuthorityLevel, region_code: str, clause: Clause = NOTICE_5_SUSPENSION
) -> tuple[ReviewReason, ...]:
    """Check that an authority may certify; return the reasons for review before approval.

    The level decides, not the name: prefectures, leagues and cities without districts certify like districted cities.
    Cities directly under a province (`xx90xx`) are counties. So are the districts of a municipality, whose bureau is
    provincial: the code that groups them is no prefecture.

    :param level: the level that the certificate states.
    :param region_code: six digits of GB/T 2260.
    :param clause: the clause for the certificate's basis (`certifier_clause`).
    :returns: empty when the claim and the code agree.
    :raises AuthorityTooLow: for a county.
    :source: 《关于防范和打击电信网络诈骗犯罪的通告》 article 5, "经设区市级及以上公安机关认定", in force from
        2017-01-01. It is disputed whether a municipality's district branch is one, so this needs review.
    """
    if level == AuthorityLevel.COUNTY:
        refusal = AuthorityTooLow(level=level.value, region_code=region_code)
        refusal.clause = clause
        raise refusal
    if level == AuthorityLevel.DISTRICT_BRANCH:
        return (ReviewReason.DISTRICT_BRANCH,)
    if level != AuthorityLevel.MINISTRY and level != level_of_region(region_code):
        return (ReviewReason.LEVEL_CONTRADICTS_REGION,)
    return ()


def level_of_region(region_code: str) -> AuthorityLevel:
    """Return the administrative level of a region code (行政区划层级).

    :param region_code: six digits of GB/T 2260.
    """
    if region_code.endswith("0000"):
        return AuthorityLevel.PROVINCE
    # xx90xx: counties directly under the province, and the row that groups them (xx9000).
    if region_code[2:4] == "90" or region_code in DISTRICTS_OF_MUNICIPALITIES:
        return AuthorityLevel.COUNTY
    return AuthorityLevel.PREFECTURE if region_code.endswith("00") else AuthorityLevel.COUNTY


def known_region(level: AuthorityLevel, region_code: str) -> bool:
    """Return whether a code can be an authority's region; a ministry has no code of its own.

    :param region_code: as it was entered; only six digits are a code.
    """
    if not _REGION.fullmatch(region_code):
        return False
    return level == AuthorityLevel.MINISTRY or region_code[:2] in PROVINCES
