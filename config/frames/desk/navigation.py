"""Navigation of the desk by role, and the header of every page; each entry names the required permission."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from config.frames.desk import current_page, sessions
from config.frames.desk.codes import CodeFound, Page, registered_acts
from config.frames.desk.passkeys import HAS_PASSKEYS
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.database.clock import bank_now
from config.kernel.law.text import Text, language


@dataclass(frozen=True, slots=True)
class Section:
    """A group of entries."""

    title: str
    pages: tuple[Page, ...]


SECTIONS = (
    Section(
        Text("客户", "Customers"),
        (
            Page("desk:customer-search", Text("客户查询", "Find a customer"), Permission.FIND_CUSTOMER, "1000", "khcx"),
            Page(
                "desk:customer-open",
                Text("个人开户", "Open for a person"),
                Permission.REGISTER_CUSTOMER,
                "1001",
                "grkh",
            ),
            Page(
                "desk:organization-open",
                Text("单位开户", "Open for an organization"),
                Permission.REGISTER_CUSTOMER,
                "1002",
                "dwkh",
            ),
            Page("desk:excess", Text("超限清单", "Beyond limits"), Permission.VIEW_EXCESS, "1003", "cxqd"),
            Page(
                "desk:cleanup", Text("存量清理", "Clean-up of existing data"), Permission.VIEW_CLEANUP, "1010", "clql"
            ),
            Page(
                "desk:stock-imports",
                Text("存量导入", "Imports of existing data"),
                Permission.VIEW_STOCK_IMPORTS,
                "1020",
                "cldr",
            ),
            Page("desk:conflicts", Text("身份冲突", "Identity conflicts"), Permission.VIEW_CONFLICTS, "1030", "sfct"),
            Page(
                "desk:suspicion-new",
                Text("登记可疑情形", "Record a suspicion"),
                Permission.RECORD_SUSPICION,
                "1040",
                "djkyqx",
            ),
        ),
    ),
    Section(
        Text("转账", "Transfers"),
        (
            Page("desk:transfer-new", Text("转账录入", "New transfer"), Permission.MOVE_CASH, "2001", "zzlr"),
            Page(
                "desk:transfer-board",
                Text("延时到账（待到账）", "Transfers on hold"),
                Permission.LIST_TRANSFERS,
                "2009",
                "ysdz",
            ),
            Page("desk:transfer-list", Text("转账查询", "Find transfers"), Permission.LIST_TRANSFERS, "2010", "zzcx"),
        ),
    ),
    Section(
        Text("复核", "Approvals"),
        (Page("desk:inbox", Text("复核中心", "Checker's inbox"), Permission.VIEW_OWN_APPROVALS, "3001", "fhzx"),),
    ),
    Section(
        Text("合规", "Compliance"),
        (
            Page(
                "desk:certificate-new",
                Text("认定书录入", "Enter a certificate"),
                Permission.ENTER_CERTIFICATE,
                "4101",
                "rdslr",
            ),
            Page(
                "desk:certificates",
                Text("认定书登记簿", "Register of certificates"),
                Permission.VIEW_CERTIFICATES,
                "4102",
                "rdsdjb",
            ),
            Page("desk:screening", Text("名单筛查", "Screening"), Permission.SCREEN, "4103", "mdsc"),
            Page("desk:freezes", Text("冻结", "Freezes"), Permission.FREEZE, "4104", "dj"),
            Page("desk:letters", Text("待办信函", "Letters due"), Permission.VIEW_DUE_LETTERS, "4105", "dbxh"),
            Page("desk:letter-check", Text("信函核验", "Check a letter"), Permission.CHECK_LETTER, "4106", "xhhy"),
            Page(
                "desk:certificates-due",
                Text("认定书待办", "Certificates to decide"),
                Permission.VIEW_CERTIFICATES,
                "4107",
                "rdsdb",
            ),
            Page(
                "desk:restrictions-ending",
                Text("即将到期的限制", "Restrictions that end"),
                Permission.VIEW_ENDING,
                "4108",
                "dqxz",
            ),
            Page("desk:suspicions", Text("可疑情形", "Suspicions"), Permission.VIEW_SUSPICIONS, "4109", "kyqx"),
            Page(
                "desk:restricted-customers",
                Text("受限客户", "Restricted customers"),
                Permission.VIEW_ENDING,
                "4110",
                "sxkh",
            ),
            Page("desk:lists", Text("名单导入", "Imports of lists"), Permission.IMPORT_LIST, "4120", "mddr"),
        ),
    ),
    Section(
        Text("日终", "End of day"),
        (
            Page("desk:cash-boxes", Text("尾箱轧账", "Cash boxes"), Permission.VIEW_CASH_BOXES, "9001", "wxzz"),
            Page("desk:day-figures", Text("经营日报", "Daily figures"), Permission.VIEW_DAY_FIGURES, "9002", "jyrb"),
            Page("desk:punctuality", Text("到账及时性", "Punctuality"), Permission.VIEW_PUNCTUALITY, "9003", "dzjsx"),
            Page(
                "desk:monthly-return",
                Text("月度报表", "Monthly return"),
                Permission.VIEW_MONTHLY_RETURN,
                "9004",
                "ydbb",
            ),
        ),
    ),
    Section(
        Text("审计", "Audit"),
        (
            Page("desk:decisions", Text("规则判定记录", "Decision log"), Permission.VIEW_EVIDENCE, "5001", "gzpdjl"),
            Page("desk:events", Text("转账流水", "Transfer events"), Permission.VIEW_EVIDENCE, "5002", "zzls"),
            Page("desk:trail", Text("审计轨迹", "Audit trail"), Permission.VIEW_TRAIL, "5003", "sjgj"),
            Page("desk:sign-ins", Text("签到记录", "Sign-ins"), Permission.VIEW_TRAIL, "5004", "qdjl"),
            Page("desk:looks", Text("查看记录", "Records of views"), Permission.VIEW_TRAIL, "5005", "ckjl"),
            Page("desk:proof", Text("账实核对", "Proof of the books"), Permission.VIEW_PROOF, "5006", "zshd"),
            Page("desk:receipts", Text("导出登记", "Exports"), Permission.VIEW_TRAIL, "5007", "dcdj"),
        ),
    ),
)


def _sections_for(caller: Caller) -> list[tuple[str, list[tuple[Page, str]]]]:
    """Return the entries that a caller may open, with their addresses."""
    found = []
    for section in SECTIONS:
        pages = [(page, url) for page in section.pages if may(caller, page.act) and (url := _url(page))]
        if pages:
            found.append((section.title, pages))
    return found


def codes_of(caller: Caller) -> list[CodeFound]:
    """Return every page and act in the order of their codes, with what the caller may open."""
    menu = [page for section in SECTIONS for page in section.pages]
    pages = sorted([*menu, *registered_acts()], key=lambda page: page.code)
    return [CodeFound(page, url, may(caller, page.act)) for page in pages if (url := _url(page))]


def _url(page: Page) -> str | None:
    try:
        return reverse(page.url_name, args=page.args)
    except NoReverseMatch:
        return None


#: The number next to the inbox is counted up to this; a larger one is shown with a plus sign.
COUNTED = 99


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Return the context of every desk page: caller, the bank's time, language and navigation."""
    caller = getattr(request, "caller", None)
    passkey_domain = settings.PASSKEY_DOMAIN if _offers_passkeys(request) else ""
    if not request.path.startswith("/desk/"):
        return {"passkey_domain": passkey_domain} if request.path.startswith("/admin/") else {}
    now = bank_now() if caller else None

    # A function, so that only pages that show the navigation run its query.
    @cache
    def to_do() -> str:
        if caller is None or now is None or not may(caller, Permission.VIEW_OWN_APPROVALS):
            return ""
        found = approvals.to_do(caller, now, COUNTED + 1)
        return f"{COUNTED}+" if found > COUNTED else str(found or "")

    page = current_page.page_of_request(request)
    return {
        "caller": caller,
        "language": language(),
        "passkey_domain": passkey_domain,
        "sandbox": settings.SANDBOX,
        "bank_code": settings.BANK_CODE,
        "bank_name": settings.BANK_NAME,
        "version": settings.VERSION,
        "bank_phone": settings.SERVICE_PHONE,
        "now": now,
        "to_do": to_do,
        "sections": _sections_for(caller) if caller else [],
        "code_list": lambda: [each for each in codes_of(caller) if each.allowed] if caller else [],
        "idle_seconds": settings.DESK_IDLE_SECONDS,
        # The person of an open page, as a signed id; and the page, for links and forms that lead back to it.
        "of": sessions.signed_id(own) if caller and (own := sessions.own_id(request)) else "",
        "here": page or reverse("desk:home"),
        "posted": request.method == "POST" and bool(page),
    }


def _offers_passkeys(request: HttpRequest) -> bool:
    """Return whether a page offers passkeys besides codes: at the sign-in, and to owners of one."""
    user: Any = getattr(request, "user", None)
    return user is None or not user.is_authenticated or bool(request.session.get(HAS_PASSKEYS))
