"""Template tags of the desk: two languages, money, instants, countdowns."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django import template
from django.template.base import NodeList, Parser, Token
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from config.frames.desk import drafts
from config.kernel.approvals import to_correct
from config.kernel.database.ids import read_id, reference_text
from config.kernel.law.dates import SHANGHAI, shanghai_day
from config.kernel.law.ends import day_text, end_text
from config.kernel.law.money import capital_yuan, yuan_text
from config.kernel.law.refusals import refusal_title
from config.kernel.law.text import language, text
from config.kernel.models import Approval, Role
from config.kernel.vault.masked import masked

register = template.Library()


@register.simple_tag
def say(zh: str, en: str) -> str:
    """Show a text in the reader's language; both languages are written together, so that none is forgotten."""
    return en if language() == "en" else zh


@register.simple_block_tag
def captured(content: SafeString) -> SafeString:
    """Store a part of a page to show it in several places: `{% captured as name %} ... {% endcaptured %}`."""
    return content


@register.simple_block_tag
def tile(content: SafeString, column: str = "") -> SafeString:
    """Show a figure with its label on a card: `{% tile "col-6" %} ... {% endtile %}`."""
    card = format_html('<div class="card h-100"><div class="card-body">{}</div></div>', content)
    return format_html('<div class="{}">{}</div>', column, card) if column else card


class BilingualText(template.Node):
    """Template node for a text in both languages; its line breaks are removed, in English replaced by spaces."""

    def __init__(self, zh: NodeList, en: NodeList) -> None:
        self.zh, self.en = zh, en

    def render(self, context: Any) -> SafeString:
        """Return the text on one line."""
        english = language() == "en"
        found = (self.en if english else self.zh).render(context)
        return mark_safe((" " if english else "").join(line.strip() for line in found.strip().splitlines()))  # noqa: S308 - of a template


@register.tag
def says(parser: Parser, _: Token) -> BilingualText:
    """Show a longer text in the reader's language: `{% says %} ... {% in_english %} ... {% endsays %}`."""
    zh = parser.parse(["in_english"])
    parser.delete_first_token()
    en = parser.parse(["endsays"])
    parser.delete_first_token()
    return BilingualText(zh, en)


class ScrollableTable(template.Node):
    """Template node for a table in a card that scrolls on a narrow screen; with a heading it is a keyboard region."""

    child_nodelists = ("heads", "rows")

    def __init__(self, classes: str, heading: str, heads: NodeList, rows: NodeList) -> None:
        region = f' tabindex="0" role="region" aria-labelledby="{heading}"' if heading else ""
        self.begin = f'<div class="table-responsive"{region}><table class="table card-table {classes}"><thead><tr>'
        self.heads, self.rows = heads, rows

    def render(self, context: Any) -> SafeString:
        """Return the HTML of the table."""
        heads, rows = self.heads.render(context), self.rows.render(context)
        return SafeString(f"{self.begin}{heads}</tr></thead><tbody>{rows}</tbody></table></div>")


@register.tag
def table(parser: Parser, token: Token) -> ScrollableTable:
    """Show rows with headings: `{% table "desk-rows" "heading id" %} <th>... {% rows %} <tr>... {% endtable %}`."""
    _, *words = token.split_contents()
    classes, heading = [*(word.strip('"') for word in words), "", ""][:2]
    heads = parser.parse(["rows"])
    parser.delete_first_token()
    rows = parser.parse(["endtable"])
    parser.delete_first_token()
    return ScrollableTable(classes, heading, heads, rows)


@register.simple_tag(takes_context=True)
def drafted(context: Any) -> SafeString:
    """Show the signed field of a form; its content is then saved while it is typed."""
    return format_html('<input type="hidden" name="{}" value="{}">', drafts.FIELD, drafts.mark(context["request"]))


@register.simple_tag(takes_context=True)
def restored(context: Any) -> drafts.SavedDraft | None:
    """Return the draft with which this page starts; None if the person needs no notice."""
    request = context["request"]
    found = drafts.loaded_draft(request)
    return found if found and found.how is not drafts.DraftReason.STEP and request.method in ("GET", "HEAD") else None


@register.simple_tag(takes_context=True)
def form_address(context: Any) -> str:
    """Return the address of the form on a page; its script replaces the page's address by it."""
    return drafts.address_of(context["request"])


@register.simple_tag(takes_context=True)
def unfinished(context: Any) -> list[drafts.UnfinishedForm]:
    """Return the unfinished drafts that a page offers with an empty form."""
    return drafts.unfinished(context["request"]) or []


@register.simple_tag(takes_context=True)
def clears(context: Any) -> bool:
    """Return whether a page shows a form that can be cleared."""
    return drafts.can_be_cleared(context["request"])


@register.simple_tag(takes_context=True)
def correcting(context: Any) -> Approval | None:
    """Return the returned proposal that the form on a page corrects; None if the caller may not correct it."""
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
    """Return how long ago an instant was by the real clock, in words."""
    minutes = max(0, int((timezone.now() - instant).total_seconds())) // 60
    if minutes < 1:
        return text("不到1分钟前", "less than a minute ago")
    if minutes < 60:
        return text(f"{minutes}分钟前", f"{minutes} min ago")
    return text(f"{minutes // 60}小时前", f"{minutes // 60} h ago")


@register.filter
def lasting(span: timedelta) -> str:
    """Return a duration in words: in hours, from two days on in days."""
    hours = max(0, int(span.total_seconds())) // 3600
    if hours < 1:
        return text("不到1小时", "less than an hour")
    return text(f"{hours}小时", f"{hours} h") if hours < 48 else text(f"{hours // 24}天", f"{hours // 24} days")


@register.filter
def role_word(role: str) -> str:
    """Return the name of a role."""
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
def day(value: date | datetime | None, spoken: str = "") -> str:
    """Show a day, or the Shanghai day of an instant, in words; a dash for None.

    :param spoken: the language of a paper that has only one; the reader's language if it is empty.
    """
    if value is None:
        return "-"
    shown = shanghai_day(value) if isinstance(value, datetime) else value
    return day_text(shown).in_language(spoken or language())


@register.filter
def end(until: datetime | None) -> str:
    """Return an exclusive end in words: the last day, inclusive; without an end, until released."""
    return str(end_text(until))


@register.simple_tag
def countdown(due_at: datetime, now: datetime) -> SafeString:
    """Show the time left until an instant; the page counts down from two instants of the server."""
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
def slip_number(row_id: UUID) -> str:
    """Return the number on a slip, a receipt or a proposal, as the box of the codes takes it."""
    return reference_text(row_id)


@register.filter
def lasted(milliseconds: int | None) -> str:
    """Return a duration: 28 ms, 1.28 s, 39 min 57 s, 2 h 5 min."""
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
