"""Transaction codes (交易码): the pages of the menu, and the acts that ask for a number first.

The apps register their acts with the addresses of their pages. A page or an act has a code, the initials of its title in
pinyin, and further words, as people at a counter say them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from config.kernel.access.permissions import Permission
from config.kernel.law.text import Text, language

#: Further words of the menu's pages, and their initials, by code.
WORDS = {
    "1000": "查询 cx",
    "1001": "开户 kh",
    "1002": "开户 kh 对公 dg",
    "1003": "超限 cx",
    "1010": "清理 ql",
    "1030": "冲突 ct",
    "1040": "可疑 ky",
    "2001": "转账 zz 汇款 hk",
    "2009": "延时 ys 待到账 ddz",
    "2010": "回单 hd",
    "3001": "复核 fh 待办 db",
    "4101": "认定书 rds",
    "4102": "认定书 rds 登记簿 djb",
    "4103": "筛查 sc",
    "4105": "信函 xh",
    "4106": "信函 xh 核验 hy",
    "4107": "认定书 rds 待办 db",
    "4108": "到期 dq",
    "4110": "受限 sx",
    "4120": "名单 md",
    "5003": "轨迹 gj",
    "5006": "核对 hd",
    "5007": "导出 dc",
    "9001": "尾箱 wx 轧账 领箱 lx 现金 xj",
    "9002": "日报 rb",
    "9004": "月报 yb",
}


@dataclass(frozen=True, slots=True)
class Page:
    """One entry of the navigation, or an act that asks for a number first.

    :ivar words: further words with their initials, separated by spaces; those of the menu's pages are in `WORDS`.
    :ivar args: of the address.
    """

    url_name: str
    title: Text
    act: Permission
    code: str  # 交易码, the number a teller types
    initials: str  # of the title in pinyin, typed as well (拼音首字母)
    words: str = ""
    args: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Return its names in lower case: code, initials and titles, which are its own, then words that others may share."""
        own = (self.code, self.initials, self.title.zh, self.title.en)
        return [each.lower() for each in (*own, *self.words.split(), *WORDS.get(self.code, "").split())]

    @property
    def shown_names(self) -> list[str]:
        """Return the names as a page lists them, in its language: code, initials and title, then the words."""
        words = (*self.words.split(), *WORDS.get(self.code, "").split())
        in_language = [each for each in words if language() != "en" or each.isascii()]
        return [each.lower() for each in (self.code, self.initials, str(self.title), *in_language)]


@dataclass(frozen=True, slots=True)
class CodeFound:
    """A page or an act with its address; `allowed` says whether the caller may open it."""

    page: Page
    url: str
    allowed: bool


_ACTS: dict[str, Page] = {}


def register_acts(*acts: Page) -> None:
    """Register acts that ask for a number first.

    :raises ValueError: for a code that another act has.
    """
    for act in acts:
        if _ACTS.setdefault(act.code, act) != act:
            raise ValueError(f"two acts have the code {act.code}")


def registered_acts() -> list[Page]:
    """Return the registered acts in the order of their codes."""
    return sorted(_ACTS.values(), key=lambda act: act.code)


#: How many of a page's names are its own.
_OWN = 4


def named(codes: Iterable[CodeFound], typed: str) -> list[CodeFound]:
    """Return what a text names: by a name of its own, else by a word, else by the beginning of a name or a part of the title.

    What the caller may open comes alone; what only other roles may open is returned if there is nothing else.
    """
    wanted, every = typed.strip().lower(), list(codes)
    if not wanted:
        return []
    own = [
        each
        for each in every
        if wanted in each.page.names[:_OWN] or wanted == f"{each.page.code} {each.page.title}".lower()
    ]
    found = own or [each for each in every if wanted in each.page.names]
    found = found or [
        each
        for each in every
        if wanted in str(each.page.title).lower() or any(name.startswith(wanted) for name in each.page.names)
    ]
    return [each for each in found if each.allowed] or found
