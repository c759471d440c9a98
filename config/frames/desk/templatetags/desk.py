"""What templates of the desk need: two languages, money, instants, countdowns."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.template.base import NodeList, Parser, Token
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from config.frames.desk import drafts
from config.kernel.approvals import to_correct
from config.kernel.database.ids import read_id
from config.kernel.law.dates import SHANGHAI
from config.kernel.law.ends import end_text
from config.kernel.law.money import capital_yuan, yuan_text
from config.kernel.law.refusals import refusal_title
from config.kernel.law.text import language, text
from config.kernel.models import Approval, Role
from config.kernel.vault.masked import masked

register = template.Library()


@register.simple_tag
def say(zh: str, en: str) -> str:
    """Show a text in the reader's language; both stand side by side, so no page is half translated."""
    return en if language() == "en" else zh


@register.simple_block_tag
def captured(content: SafeString) -> SafeString:
    """Keep a part of a page to be shown in more than one place: `{% captured as name %} ... {% endcaptured %}`."""
    return content


@register.simple_block_tag
def tile(content: SafeString, column: str = "") -> SafeString:
    """Show a figure with its word on a card of its own: `{% tile "col-6" %} ... {% endtile %}`."""
    card = format_html('<div class="card h-100"><div class="card-body">{}</div></div>', content)
    return format_html('<div class="{}">{}</div>', column, card) if column else card


class Says(template.Node):
    """A text in both languages; its line breaks are nothing in Chinese and a space in English."""

    def __init__(self, zh: NodeList, en: NodeList) -> None:
        self.zh, self.en = zh, en

    def render(self, context: Any) -> SafeString:
        """Return the text on one line."""
        english = language() == "en"
        found = (self.en if english else self.zh).render(context)
        return mark_safe((" " if english else "").join(line.strip() for line in found.strip().splitlines()))  # noqa: S308 - of a template


@register.tag
def says(parser: Parser, _: Token) -> Says:
    """Show a longer text in the reader's language: `{% says %} ... {% in_english %} ... {% endsays %}`, in lines as they fit."""
    zh = parser.parse(["in_english"])
    parser.delete_first_token()
    en = parser.parse(["endsays"])
    parser.delete_first_token()
    return Says(zh, en)


class HeadedRows(template.Node):
    """A table in a card; on a narrow screen it scrolls by itself, where it has a heading as a region that the keyboard reaches."""

    child_nodelists = ("heads", "rows")

    def __init__(self, classes: str, heading: str, heads: NodeList, rows: NodeList) -> None:
        region = f' tabindex="0" role="region" aria-labelledby="{heading}"' if heading else ""
        self.begin = f'<div class="table-responsive"{region}><table class="table card-table {classes}"><thead><tr>'
        self.heads, self.rows = heads, rows

    def render(self, context: Any) -> SafeString:
        """Return the table."""
        heads, rows = self.heads.render(context), self.rows.render(context)
        return SafeString(f"{self.begin}{heads}</tr></thead><tbody>{rows}</tbody></table></div>")


@register.tag
def table(parser: Parser, token: Token) -> HeadedRows:
    """Show rows below their heads: `{% table "desk-rows" "id of its heading" %} <th>... {% rows %} <tr>... {% endtable %}`."""
    _, *words = token.split_contents()
    classes, heading = [*(word.strip('"') for word in words), "", ""][:2]
    heads = parser.parse(["rows"])
    parser.delete_first_token()
    rows = parser.parse(["endtable"])
    parser.delete_first_token()
    return HeadedRows(classes, heading, heads, rows)


@register.simple_tag(takes_context=True)
def drafted(context: Any) -> SafeString:
    """Mark a form whose contents are kept while they are typed: whose it is, and where it stands."""
    return format_html('<input type="hidden" name="{}" value="{}">', drafts.FIELD, drafts.mark(context["request"]))


@register.simple_tag(takes_context=True)
def restored(context: Any) -> drafts.TypedBefore | None:
    """Return what this page begins with because it was typed before; None where nobody needs to be told."""
    request = context["request"]
    found = drafts.asked_for(request)
    return found if found and found.how is not drafts.How.STEP and request.method in ("GET", "HEAD") else None


@register.simple_tag(takes_context=True)
def form_address(context: Any) -> str:
    """Return the address of the form on a page, which its script puts in the place of the page's."""
    return drafts.address_of(context["request"])


@register.simple_tag(takes_context=True)
def unfinished(context: Any) -> list[drafts.UnfinishedForm]:
    """Return the unfinished forms that a page offers to go on with, beside an empty one."""
    return drafts.unfinished(context["request"]) or []


@register.simple_tag(takes_context=True)
def clears(context: Any) -> bool:
    """Return whether a page shows a form that can be cleared."""
    return drafts.clears(context["request"])


@register.simple_tag(takes_context=True)
def correcting(context: Any) -> Approval | None:
    """Return the returned proposal that the form on a page corrects, None where it is not the caller's to correct."""
    request = context["request"]
    caller, follows = context.get("caller"), read_id(request.GET.get(drafts.FOLLOWS))
    if caller is None or follows is None:
        return None
    return to_correct(caller, context["now"]).filter(pk=follows).select_related("decided_by").first()


@register.filter
def refusal_name(code: str) -> str:
    """Show the short name of a refusal."""
    return refusal_title(code)


@register.simple_tag
def refusal(code: str) -> SafeString:
    """Show the short name of a refusal; its code appears when the pointer rests on it."""
    return format_html('<span title="{}">{}</span>', code, refusal_title(code))


@register.filter
def ago(instant: datetime) -> str:
    """Say how long ago something was by the real clock, which need not be the bank's."""
    minutes = max(0, int((timezone.now() - instant).total_seconds())) // 60
    if minutes < 1:
        return text("不到1分钟前", "less than a minute ago")
    if minutes < 60:
        return text(f"{minutes}分钟前", f"{minutes} min ago")
    return text(f"{minutes // 60}小时前", f"{minutes // 60} h ago")


@register.filter
def lasting(span: timedelta) -> str:
    """Say how long something has lasted: in hours, from two days on in days."""
    hours = max(0, int(span.total_seconds())) // 3600
    if hours < 1:
        return text("不到1小时", "less than an hour")
    return text(f"{hours}小时", f"{hours} h") if hours < 48 else text(f"{hours // 24}天", f"{hours // 24} days")


@register.filter
def role_word(role: str) -> str:
    """Show a role in words."""
    return Role.word(role)


@register.filter
def yuan(fen: int | None) -> str:
    """Show an amount in yuan with thousands commas."""
    return "-" if fen is None else yuan_text(fen)


@register.filter
def counted(number: int) -> str:
    """Show a number with thousands commas."""
    return f"{number:,}"


@register.filter
def capitals(fen: int) -> str:
    """Show an amount in Chinese capitals (人民币大写)."""
    return f"人民币{capital_yuan(fen)}"


@register.filter
def moment(instant: datetime | None) -> str:
    """Show an instant in Shanghai to the second."""
    return "-" if instant is None else f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


@register.filter
def day(instant: datetime | None) -> str:
    """Show the Shanghai day of an instant."""
    return "-" if instant is None else f"{instant.astimezone(SHANGHAI):%Y-%m-%d}"


@register.filter
def end(until: datetime | None) -> str:
    """Show an exclusive end as people read it: the last day, inclusive; without an end until it is released."""
    return str(end_text(until))


@register.simple_tag
def countdown(due_at: datetime, now: datetime) -> SafeString:
    """Show the time left until an instant; the page counts on from the server's two instants."""
    left = max(0, int((due_at - now).total_seconds()))
    due = say("等待入账", "being posted")
    text = f"{left // 3600:02}:{left // 60 % 60:02}:{left % 60:02}" if left else due
    tone = "danger" if left < 600 else "warning" if left < 3600 else "secondary"
    return format_html(
        '<time class="countdown text-{}" data-seconds="{}" data-due="{}" datetime="{}">{}</time>',
        tone,
        left,
        due,
        due_at.astimezone(SHANGHAI).isoformat(),
        text,
    )


@register.filter
def lasted(milliseconds: int | None) -> str:
    """Show how long something took: 28 ms, 1.28 s, 39 min 57 s, 2 h 5 min."""
    if milliseconds is None:
        return "-"
    if milliseconds < 1000:
        return text(f"{milliseconds}毫秒", f"{milliseconds} ms")
    seconds, rest = divmod(milliseconds, 1000)
    if seconds < 60:
        return text(f"{seconds}.{rest // 10:02}秒", f"{seconds}.{rest // 10:02} s")
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return text(f"{minutes}分{seconds}秒", f"{minutes} min {seconds} s")
    return text(f"{minutes // 60}小时{minutes % 60}分", f"{minutes // 60} h {minutes % 60} min")


register.filter(masked)
