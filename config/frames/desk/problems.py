"""Refusals and bad requests on pages: in words, with code and clause."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from config.kernel.law.clauses import HOUSE_RULE
from config.kernel.law.refusals import BadRequest, Conflict, NotFound, Refusal, RequestError
from config.kernel.law.text import Text, language
from config.kernel.requests.idempotency import KeyReused

_REUSED = Text(
    "该表单已按其他内容办理过，本次未作任何处理。请先核对已办理的结果；确需另行办理的，核对后重新提交。",
    "This form was already processed with different content; nothing was done now. Look at the first result; if another "
    "one is wanted, check the form and submit it again.",
)


@dataclass(frozen=True, slots=True)
class PageProblem:
    """One refusal or malformed request, shown by `desk/problem.html`.

    :ivar approval_id: the proposal that prevents the act.
    :ivar result_at: the address of the result of the same form sent before.
    :ivar retry_after: seconds until a retry is possible, if known.
    """

    text: str
    code: str = ""
    clause: str = ""
    fields: Mapping[str, list[str]] = field(default_factory=dict)
    status: int = 422
    approval_id: str = ""
    result_at: str = ""
    retry_after: int | None = None


def problem_of(raised: Refusal | RequestError) -> PageProblem:
    """Return the problem for a page of the desk."""
    text = raised.detail(language())
    if isinstance(raised, Refusal):
        status = 404 if isinstance(raised, NotFound) else 409 if isinstance(raised, Conflict) else 422
        clause = raised.clause.cited(language()) if raised.clause else str(HOUSE_RULE) if raised.is_house_rule else ""
        return PageProblem(text, raised.code, clause, status=status, approval_id=raised.fields.get("approval_id", ""))
    if isinstance(raised, BadRequest):
        text = str(
            Text(
                "有项目填写不正确，未作任何处理。请按下面标出的说明更正。",
                "Some entries are incorrect; nothing was done. Correct them as described below.",
            )
        )
    if isinstance(raised, KeyReused):
        return PageProblem(
            str(_REUSED), raised.code, status=raised.status, result_at=raised.fields.get("result_at", "")
        )
    faults = {name: [str(each) for each in _several(value)] for name, value in raised.fields.items()}
    return PageProblem(text, raised.code, "", faults, raised.status)


class HasErrors(Protocol):
    """A form that was validated."""

    @property
    def errors(self) -> Any: ...


def form_problem(form: HasErrors | None) -> PageProblem | None:
    """Return the problem shown above a form with wrong fields; None without one."""
    return problem_of(BadRequest(form.errors)) if form is not None and form.errors else None


def _several(value: object) -> Iterable[object]:
    return value if isinstance(value, list | tuple) else [value]
