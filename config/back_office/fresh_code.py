"""A fresh second factor before a secret is issued (再次验证身份): an open screen alone gives nobody a key."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from config.desk.access import verify_second_factor
from config.desk.decision_page import WRONG_CODE
from config.desk.problems import PageProblem
from config.kernel.text import Text, text

#: What of a form says which act was chosen, and for whom; all else in it is no matter of the act.
_CHOSEN = re.compile(r"(?:[A-Z_]+-)?(?:action|select_across)|index|" + re.escape(ACTION_CHECKBOX_NAME))

type Issue = Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponse]


class CodeForm(forms.Form):
    """The code that an authenticator shows now."""

    use_required_attribute = False

    code = forms.CharField(
        label=Text("动态口令（再次验证）", "One-time code (again)"), max_length=6,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}),
    )  # fmt: skip


def after_fresh_code(issue: Issue) -> Issue:
    """Let an action go on with a fresh code of the second factor, which is asked for on a page between.

    The page that asks for the code sends along what was chosen, so that nothing is chosen twice.
    """

    @wraps(issue)
    def asked(page: Any, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        code = request.POST.get("code", "")
        if code and verify_second_factor(request, code):
            return issue(page, request, queryset)
        return _ask(page, request, wrong=bool(code))

    return asked


def _ask(page: Any, request: HttpRequest, *, wrong: bool) -> HttpResponse:
    problem = None
    if wrong:
        words = text(
            "动态口令不正确或已用过，请等待下一个口令。",
            "The one-time code is wrong or already used; wait for the next one.",
        )
        problem = PageProblem(words, WRONG_CODE, status=403)
    context = {
        **page.admin_site.each_context(request),
        "title": text("再次验证身份", "Verify your identity again"),
        "opts": page.opts,
        "form": CodeForm(),
        "problem": problem,
        "chosen": [(name, each) for name, values in request.POST.lists() if _CHOSEN.fullmatch(name) for each in values],
    }
    return TemplateResponse(request, "admin/back_office/fresh_code.html", context, status=403 if wrong else 200)
