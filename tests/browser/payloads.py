"""Texts that become code on a page if they are not escaped."""

from itertools import cycle

from tests.browser.town import Town
from tests.browser.words import Words, chunks

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "<svg/onload=alert(3)>",
    '"><img src=x onerror=alert(4)>',
    "'><svg onload=alert(5)>",
    '" autofocus onfocus=alert(6) x="',
    "' style=position:fixed;inset:0 onmouseover=alert(7) x='",
    "javascript:alert(8)",
    "</script><script>alert(9)</script>",
    "</title><script>alert(10)</script>",
    "</textarea><img src=x onerror=alert(11)>",
    "{{constructor.constructor('alert(12)')()}}",
    "${alert(13)}{%debug%}{{7*7}}",
    "<a href=javascript:alert(14)>开户</a>",
    "<iframe srcdoc='<script>alert(15)</script>'>",
    "&lt;script&gt;alert(16)&lt;/script&gt;&#60;img&#62;",
    "＜script＞alert(17)＜/script＞",  # ordinary once its width is folded
    "\\u003cscript\\u003ealert(18)\\u003c/script\\u003e",
    "<b hx-post=/desk/sign-out hx-trigger=load>注销</b>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "]]><!--<style>*{display:none}</style>",
)
#: One that is many, for a single field.
POLYGLOT = "'\"></title></textarea></script><img src=x onerror=alert(99)>{{7*7}}"

#: What code of others would leave in a page; the desk has none of it itself.
PLANTED = """
(page) => [...(page ?? document).querySelectorAll("*")]
  .filter((each) => (
    each.matches("script:not([src]), style, iframe, object, embed, base, meta[http-equiv], [style], [srcdoc], " +
      "[href^='javascript:'], [action^='javascript:'], b[hx-post]") ||
    [...each.attributes].some(({name}) => name.startsWith("on"))))
  .map((each) => each.outerHTML.slice(0, 200))
"""


class HostileWords(Words):
    """Source of texts that are all code: names and lines alternate payloads, long texts hold as many as fit."""

    def __init__(self) -> None:
        super().__init__()
        self._one = cycle(PAYLOADS)
        self._many = {}

    def name(self) -> str:
        return next(self._one)

    def line(self, of: str, most: int) -> str:
        if most <= 40:
            # Too short for a tag and code.
            return "<svg onload=alert(20)>"[:most]
        self.tagged.add(of)
        return of + next(each for each in self._one if len(each) + len(of) < most)

    def text(self, of: str, most: int) -> str:
        self.tagged.add(of)
        if of not in self._many:
            self._many[of] = cycle(list(chunks(PAYLOADS, most - len(of))))
        return of + next(self._many[of])


class HostileTown(Town):
    """A town in which each payload occurs in each kind of list."""

    def build(self) -> "HostileTown":
        super().build()
        with_money, frozen = self.ids["account_id"][:2]
        for payload in PAYLOADS:
            self.customer(payload)
            self.freeze(frozen, lift=False)
            self.certificate()
        for _ in range(4):
            self.transfer(with_money, "next_day")
        return self
