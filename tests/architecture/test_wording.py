"""Texts for people use a bank's words, and docstrings plain English: expressions that were given up do not come back.

Looked at is whatever is shown: both languages of a `Text`, of a `{% say %}` and `{% says %}`, of a refusal, and of a pair of words.
"""

import ast
import itertools
import re
from collections.abc import Iterator
from gettext import GNUTranslations
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = [ROOT / name for name in ("accounts", "benchmarks", "blacklist", "transfers", "config")]
CHINESE = re.compile("[\u4e00-\u9fff]")
SAY = re.compile(r'{%\s*say\s+"((?:[^"\\]|\\.)*)"\s+"((?:[^"\\]|\\.)*)"')
SAYS = re.compile(r"{%\s*says\s*%}(.*?){%\s*in_english\s*%}(.*?){%\s*endsays\s*%}", re.DOTALL)

#: What was said, and what is said instead.
GIVEN_UP_ZH = {
    "一人一户": "客户唯一性（一人一客户号）",
    "一单位一客户(?!号)": "客户唯一性（一单位一客户号）",
    "不认识的": "未知字段、未知查询参数",
    "不办理$": "取消",
    "他行本人账户": "本人他行账户",
    "关联证件": "增加证件",
    "决定机关": "冻结机关",
    "占用": "预留金额（待到账）",
    "(?<!不占)名额": "限额",
    "半数(不超过|在)": "中位数（P50）",
    "不占序号": "不占名额",
    "一般代理人": "非监护人的代理人",
    "个（张）": "name what is counted: Ⅰ类户1个",
    "请持本人有效身份证件": "请{papers}, by the kind of the customer",
    "水电燃气": "水电煤气费",
    "(?<!返)回首页": "返回首页",
    "安全账户(?!.*96110.*110)": "with 96110 and 110",
    "密封": "加密保存",
    "户主": "开户人",
    "所见": "查验的凭证、判定依据要素",
    "放行": "入账",
    "看守": "兜底程序",
    "没有这一页": "页面或记录不存在",
    "现不能": "暂不可",
    "另行通知": "直至解除",
    "补换": "补（换）卡",
    "超额": "超限额",
    "退回(?!补正)": "到期未执行; 未通过",
    "锁屏": "签退",
    "还能": "可开立",
    "银行代码": "行号",
    "(?<!实体)卡片": "银行卡",
    "信用代码证。": "载有统一社会信用代码的证照",
}
GIVEN_UP_EN = {
    r"\b[Hh](e|is|im|imself)\b": "they, the customer",
    r"\b[Aa]new\b": "Re-verify",
    r"\bbeyond four\b": "Card limit exception",
    r"\bby hand\b(?!\.)": "Manual review",
    r"\belsewhere\b": "at another bank",
    r"\bkept sealed\b": "kept encrypted",
    r"\bmoney has moved\b": "No funds have moved",
    r"^Ask (?!a colleague)": "Request",
    r"^Leave it$": "Cancel",
    r"^Nothing (waits|here)": "No pending items",
    r"^Places? ": "Slots",
    r"^The paper": "Certificate",
    r"^What (may|the|would|somebody|others)\b": "a heading names the thing",
    r"^Why": "Reason",
    r"^no end$": "No expiry",
    r"^not (now|told)": "Not eligible, Not entered",
    r"[Ss]omebody whose role": "a colleague with this permission",
    r"[Ww]aits for": "Pending approval",
}

#: Expressions of the former style of docstrings, and how many summaries may still have one.
GIVEN_UP_IN_DOCSTRINGS = re.compile(
    r"\b(stands?|told|whoever|that one(?! \\w)|nobody's|as what|what of an?)\b", re.IGNORECASE
)
SUMMARIES_AT_MOST = 20


def _literal(node: ast.AST) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in parts)
    return None


def texts_of(source: str) -> Iterator[str]:
    """Return what a module shows: pairs of which the first is Chinese and the second is not, and sentences of refusals."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(args=[*parts]) | ast.Tuple(elts=[*parts]):
                literals = [_literal(each) for each in parts]
                for zh, en in itertools.pairwise(literals):
                    if zh and en and CHINESE.search(zh) and not CHINESE.search(en):
                        yield from (zh, en)
            case (
                ast.Assign(targets=[ast.Name(id="zh" | "en")], value=value)
                | ast.AnnAssign(target=ast.Name(id="zh" | "en"), value=value)
            ):
                if literals := _literal(value) if value else None:
                    yield literals
            case ast.keyword(arg="zh" | "en", value=value):
                if literals := _literal(value):
                    yield literals


def texts_of_page(page: str) -> Iterator[str]:
    """Return what a template says in either language."""
    for match in SAY.finditer(page):
        yield from match.groups()
    for match in SAYS.finditer(page):
        yield from (" ".join(each.split()) for each in match.groups())


def given_up(text: str) -> list[str]:
    """Return what in a text was given up."""
    words = GIVEN_UP_ZH if CHINESE.search(text) else GIVEN_UP_EN
    return [word for word in words if re.search(word, text)]


def _shown() -> dict[str, list[str]]:
    shown = {}
    for package in PACKAGES:
        for path in sorted(package.rglob("*.py")):
            if "migrations" not in path.parts:
                shown[str(path.relative_to(ROOT))] = list(texts_of(path.read_text()))
        for path in sorted(package.rglob("*.html")):
            shown[str(path.relative_to(ROOT))] = list(texts_of_page(path.read_text()))
    return shown


def test_no_text_has_an_abandoned_word():
    found = [
        f"{path}: {text} ({word})" for path, texts in _shown().items() for text in texts for word in given_up(text)
    ]
    assert not found, "\n".join(found)


def test_the_texts_are_found():
    shown = _shown()
    assert {"取消", "Cancel"} <= set(shown["accounts/templates/accounts/desk/act.html"])
    assert any("非柜面业务已停止" in text for text in shown["accounts/refusals/money.py"]), "sentences by cause"
    assert sum(map(len, shown.values())) > 1500


@pytest.mark.parametrize(
    "source",
    [
        'X = Text("密封保存", "Kept encrypted")',
        'X = text(f"超额发卡 {count}", f"Cards {count}")',
        'X = Text("理由", "What the rule saw")',
        'class X:\n    zh = "请稍后。"\n    en = "The customer and his card."',
        'X = {"case": ("一个账户只有一个户主。", "One holder.")}',
        'raise Fault(zh="由他行本人账户转入", en="From an own account")',
    ],
)
def test_such_a_text_would_be_seen(source):
    assert [word for text in texts_of(source) for word in given_up(text)]


@pytest.mark.parametrize("page", ['{% say "不办理" "Cancel" %}', '<a>{% say "取消" "Leave it" %}</a>'])
def test_such_a_page_would_be_seen(page):
    assert [word for text in texts_of_page(page) for word in given_up(text)]


def test_corrected_translation_of_django_is_compiled():
    place = ROOT / "config/frames/back_office/locale/zh_Hans/LC_MESSAGES"
    written = dict(re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', (place / "django.po").read_text(), re.MULTILINE))
    with (place / "django.mo").open("rb") as compiled:
        catalogue = GNUTranslations(compiled)
    assert written
    assert {text: catalogue.gettext(text) for text in written} == written


def summaries_of(source: str) -> Iterator[str]:
    """Yield the first paragraph of each docstring of a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and (text := ast.get_docstring(node)):
            yield text.partition("\n\n")[0]


def test_hardly_any_summary_has_an_expression_that_was_given_up():
    summaries = [
        (str(path.relative_to(ROOT)), summary)
        for package in (*PACKAGES, ROOT / "tests")
        for path in sorted(package.rglob("*.py"))
        for summary in summaries_of(path.read_text())
    ]
    found = [f"{path}: {text}" for path, text in summaries if GIVEN_UP_IN_DOCSTRINGS.search(text)]
    assert len(summaries) > 5000
    assert len(found) <= SUMMARIES_AT_MOST, "\n".join(found)


@pytest.mark.parametrize(
    "summary", ["Say where it stands.", "Return what is told.", "Refuse whoever asks.", "Nobody's row."]
)
def test_such_a_summary_would_be_seen(summary):
    (found,) = summaries_of(f'def act():\n    """{summary}\n\n    :raises ValueError: never.\n    """')
    assert found == summary
    assert GIVEN_UP_IN_DOCSTRINGS.search(found)
