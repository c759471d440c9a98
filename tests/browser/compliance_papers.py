"""Open work of a compliance officer after a day, for the screenshots: a list, a letter, appeals."""

from dataclasses import dataclass

from benchmarks.bank.day import BankDay
from tests import factories
from tests.blacklist.lists import account, person, written
from tests.browser.screen import Screen

#: Papers of the list: number, authority, region.
HANGZHOU = {"doc_no": "杭公反诈认字〔2026〕207号", "authority_name": "杭州市公安局", "region_code": "330100"}
WUHAN = {"doc_no": "武公反诈认字〔2026〕66号", "authority_name": "武汉市公安局", "region_code": "420100"}
BRANCH = {
    "doc_no": "南公反诈认字〔2026〕15号",
    "authority_name": "南山分局",
    "region_code": "440305",
    "level": "district_branch",
}
CASE = {"doc_no": "甬公反诈认字〔2026〕31号", "authority_name": "宁波市公安局", "region_code": "330200"}
STRANGERS = ("康立新", "倪春华", "邵文涛", "柳如风", "莫大川")


@dataclass(frozen=True)
class Papers:
    """Addresses of the desk for the screenshots."""

    list_path: str
    letter_path: str


def live(day: BankDay, officer: Screen) -> Papers:
    """Upload and stage a list, issue a letter, leave another letter due, record an appeal."""
    certified = day.people[4]
    _case_account(day)
    data = {"kind": "penalty", "about_id": day.certificate}
    letter = day.bank.do("teller", f"/customers/{certified.customer_id}/letters", data)
    today = day.bank.now().date().isoformat()
    appeal = {"appellant": certified.name, "grounds": "账户遗失后被他人冒用。", "received_on": today, "subject": 1}
    day.bank.do("compliance", f"/blacklist/certificates/{day.certificate}/appeals", appeal)
    return Papers(_list_read(day, officer), f"/desk/letters/{letter['id']}")


def _case_account(day: BankDay) -> None:
    body = {
        "doc_no": "绍公反诈认字〔2026〕12号",
        "authority": {"name": "绍兴市公安局", "region_code": "330600", "level": "prefecture"},
        "certified_on": "2026-11-23",
        "category": "CASE_ACCOUNT",
        "legal_basis": "JDM_2024",
        "subjects": [],
        "case_accounts": [{"account_number": day.people[9].account_number}],
    }
    made = day.bank.do("compliance", "/blacklist/certificates", body)
    day.approve("compliance_2", made["approval_id"])


def _list_read(day: BankDay, officer: Screen) -> str:
    officer.speak("zh-hans")
    officer.open("/desk/lists/new")
    content = written(*_rows(day))
    page = officer.page
    page.locator("#id_file").set_input_files({"name": "2026-11名单.csv", "mimeType": "text/csv", "buffer": content})
    officer.press("上传并校验")
    page.get_by_text("已校验").first.wait_for(timeout=60_000)
    return officer.path


def _rows(day: BankDay) -> list[dict[str, str]]:
    of = {"certified_on": "2026-11-20", "legal_basis": "JDM_2024", "extent_accounts": "4"}
    people = [(each.name, each.document["number"]) for each in (*day.people[5:8], day.people[12])]
    people += [(name, factories.citizen_number("420106", "19880412", 300 + nth)) for nth, name in enumerate(STRANGERS)]
    papers = (HANGZHOU, HANGZHOU, HANGZHOU, WUHAN, WUHAN, WUHAN, BRANCH, BRANCH)
    rows = [person(number, name, **paper, **of) for (name, number), paper in zip(people, papers, strict=False)]
    of_case = {name: said for name, said in of.items() if name != "extent_accounts"}
    rows.append(account(day.people[11].card_number, **CASE, **of_case))
    rows.append(person("110105198807123456", "孔祥雨", **WUHAN | {"doc_no": "武公反诈认字〔2026〕67号"}, **of))
    rows.append(
        person(
            people[-1][1],
            people[-1][0],
            **WUHAN | {"doc_no": "武公反诈认字〔2026〕68号"},
            **of | {"certified_on": "2026-13-01"},
        )
    )
    return rows
