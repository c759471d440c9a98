"""The directory of banks is loaded completely or not at all, is searched by name and code, and keeps old names."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import ListedBank
from accounts.queries.banks import OFFERED_MAX, find_banks, is_loaded, listed_name, names_of
from tests.database_refusals import refused_by

pytestmark = pytest.mark.django_db

ICBC, BOC = "102100099996", "104100000004"


@pytest.fixture
def load(tmp_path, capsys):
    def put(*lines: str) -> str:
        path = tmp_path / "banks.csv"
        path.write_text("\n".join(["code,name", *lines]) + "\n", encoding="utf-8")
        call_command("load_banks", path)
        return capsys.readouterr().out

    return put


def test_a_file_replaces_the_directory_and_old_names_stay_known(load):
    assert not is_loaded()
    assert load(f"{ICBC},中国工商银行总行清算中心", f"{BOC},中国银行总行").startswith("2 banks, 2 new")
    assert load(f"{ICBC},中国工商银行") == "1 banks, 1 new or renamed, 1 no longer offered\n"
    assert listed_name(ICBC) == "中国工商银行"
    assert listed_name(BOC) is None
    assert names_of({BOC, "", "ICBC"}) == {BOC: "中国银行总行"}
    assert load(f"{ICBC},中国工商银行").startswith("1 banks, 0 new")


@pytest.mark.parametrize("line", ["10210009999,短", "10210009999a,字母", f"{ICBC},", f"{BOC},另一家"])
def test_file_with_a_refused_row_is_not_loaded(load, line, capsys):
    with pytest.raises(CommandError, match="1 rows are refused"):
        load(f"{BOC},中国银行总行", line)
    assert "banks.csv:3" in capsys.readouterr().err
    assert not is_loaded()


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("中国", [BOC, ICBC]),
        ("工商", [ICBC]),
        ("中国 清算", [ICBC]),
        ("1041", [BOC]),
        ("1", []),
        ("", []),
        ("%", []),
        ("__", []),
    ],
)
def test_bank_is_found_by_words_of_its_name_or_the_start_of_its_code(load, typed, codes):
    load(f"{ICBC},中国工商银行总行清算中心", f"{BOC},中国银行总行", "308584000013,招商银行")
    assert [bank.code for bank in find_banks(typed)] == codes


def test_search_returns_one_screen_of_banks(load):
    load(*(f"{number:012},某某银行{number}" for number in range(OFFERED_MAX + 5)))
    assert len(find_banks("某某")) == OFFERED_MAX


def test_a_code_has_twelve_digits_and_a_bank_a_name():
    with refused_by("listed_bank_code_twelve_digits"):
        ListedBank.objects.create(code="ICBC", name="中国工商银行")
    with refused_by("listed_bank_named"):
        ListedBank.objects.create(code=ICBC, name="")
