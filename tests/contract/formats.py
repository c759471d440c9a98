"""Generated numbers with correct check digits, for the formats in the OpenAPI document."""

from datetime import date

import schemathesis
from hypothesis import strategies as st
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

DAYS = st.dates(date(1930, 1, 1), date(2007, 12, 31))
_IN_CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def _with_check_digit(prefixes: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda prefix, born, count: (found := f"{prefix}{born:%Y%m%d}{count:03d}") + mod_11_2.calc_check_digit(found),
        prefixes,
        DAYS,
        st.integers(1, 999),
    )


FORMATS = {
    "iso-3166": st.sampled_from(["GBR", "JP", "usa", "FRA", "CHN"]),
    "phone": st.from_regex(r"1[3-9][0-9]{9}|010-[1-9][0-9]{7}|\+44 [1-9][0-9]{8}", fullmatch=True),
    "cn-citizen-id": _with_check_digit(st.sampled_from(["110105", "310101", "440301", "659001"])),
    "cn-hmt-residence": _with_check_digit(st.sampled_from(["810000", "820000", "830000"])),
    "cn-foreign-pr-id": _with_check_digit(st.sampled_from(["911156", "931826"]))
    | st.from_regex("[A-Z]{3}[0-9]{12}", fullmatch=True),
    "cn-uscc": st.builds(
        lambda district, place: (found := f"91{district}{place}") + uscc.calc_check_digit(found),
        st.sampled_from(["350100", "110000"]),
        st.text(_IN_CODE, min_size=9, max_size=9),
    ),
}


def register() -> None:
    """Register generators of the formats with the fuzzer."""
    for name, numbers in FORMATS.items():
        schemathesis.openapi.format(name, numbers)
