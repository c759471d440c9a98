"""The table of countries is complete and maps one to one."""

from __future__ import annotations

from config.kernel.identity import countries


def test_every_country_has_one_alpha_2_and_one_alpha_3_code():
    pairs = countries._CODES.split()
    assert len(pairs) == 249
    assert all(len(pair) == 5 and pair.isupper() for pair in pairs)
    assert len({pair[:2] for pair in pairs}) == 249
    assert len({pair[2:] for pair in pairs}) == 249


def test_countries_are_known_by_their_codes_only():
    assert countries.country_code("CN") == countries.country_code("CHN") == "CHN"
    for raw in ("", "C", "CHINA", "156", "UK", "EU", "ZZ", "ſe", "ıta"):
        assert countries.country_code(raw) is None
