"""Read-only tables of evidence: decisions, idempotency keys, claims, the trail, sign-ins, the admin log."""

from typing import Any

# Imported before its pages are replaced below: axes registers pages on which rows can be deleted.
from axes import admin as _axes_pages  # noqa: F401
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest

from config.frames.back_office.columns import CodeFilter
from config.frames.back_office.tables import ReadOnlyAdmin
from config.kernel.approvals.answers import answers_of, with_answer
from config.kernel.law.text import Text
from config.kernel.models import ApprovalClaim, Decision, TrailRecord
from config.kernel.trail import decisions
from config.kernel.trail.special_measures import SPECIAL_MEASURES


@admin.display(description=Text("结果", "Outcome"))
def _answer(row: Decision) -> str:
    answer = row.__dict__.get("answer") or answers_of([row])[row.pk]
    return answer.text


class OutcomeFilter(CodeFilter):
    """Filter by the answer as shown, which may differ from the row's outcome."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Decision]) -> QuerySet[Decision]:
        return with_answer(queryset, self.chosen) if self.chosen else queryset


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    """All answers of rules, and all rejections."""

    list_display: Any = ("at", "kind", _answer, "code", "clause", "policy_version", "principal")
    list_filter = ("outcome", "kind", "code")
    shown = (_answer,)
    personal = ("outcome",)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Return the page of decisions, with the present status of all submissions from one query."""
        page = super().get_changelist_instance(request)
        answers = answers_of(page.result_list)
        for row in page.result_list:
            row.answer = answers[row.pk]
        return page

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return decisions without checks for special measures, which are for compliance and auditors."""
        return super().get_queryset(request).exclude(kind=SPECIAL_MEASURES)

    def code_words(self) -> Any:
        """Return the names of the kinds."""
        return {"kind": decisions.KINDS}

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [(name, OutcomeFilter if name == "outcome" else kind) for name, kind in super().get_list_filter(request)]


@admin.register(ApprovalClaim)
class ApprovalClaimAdmin(ReadOnlyAdmin):
    """Claims on proposals: principal, proposal and time."""

    note = Text(
        "仅供查看：领取和放回在复核中心（3001）办理。",
        "Read only: proposals are claimed and put back in the inbox (3001).",
    )


@admin.register(TrailRecord)
class TrailRecordAdmin(ReadOnlyAdmin):
    """The audit trail; the blind index of a searched person is hidden."""

    list_display = ("at", "kind", "outcome", "code", "principal", "way", "count")


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """Acts of superusers in the back office: people, groups, keys."""

    named = Text("后台操作记录", "Back office log")
    words: Any = {
        "id": Text("编号", "Id"),
        "action_time": Text("时间", "Time"),
        "user": Text("用户", "User"),
        "content_type": Text("数据表", "Table"),
        "object_id": Text("对象编号", "Object id"),
        "object_repr": Text("对象", "Object"),
        "action_flag": Text("动作", "Action"),
        "change_message": Text("内容", "Content"),
    }
    codes: Any = {
        "action_flag": {"1": Text("添加", "Added"), "2": Text("修改", "Changed"), "3": Text("删除", "Deleted")}
    }
    list_display = ("action_time", "user", "content_type", "object_repr", "action_flag", "change_message")
    list_filter = ("action_flag",)


class SignInAdmin(ReadOnlyAdmin):
    """Attempts to sign in, without the typed text and the session."""

    personal = ("get_data", "post_data", "http_accept", "session_hash")
    words: Any = {
        "id": Text("编号", "Id"),
        "attempt_time": Text("时间", "Time"),
        "username": Text("用户名", "User name"),
        "ip_address": Text("网络地址", "Network address"),
        "path_info": Text("页面", "Page"),
        "user_agent": Text("浏览器", "Browser"),
        "failures_since_start": Text("失败次数", "Failures"),
        "logout_time": Text("签退时间", "Signed out"),
        "locked_out": Text("已锁定", "Locked out"),
    }


class AttemptAdmin(SignInAdmin):
    """Names with failures that may lock them."""

    named = Text("签到失败计数", "Sign-in failures by name")
    list_display = ("attempt_time", "username", "ip_address", "failures_since_start")


class SignInLogAdmin(SignInAdmin):
    """Sign-ins and sign-outs."""

    named = Text("签到记录", "Sign-ins")
    list_display = ("attempt_time", "username", "ip_address", "logout_time")


class FailureAdmin(SignInAdmin):
    """Failures to sign in."""

    named = Text("签到失败明细", "Failed sign-ins")
    list_display = ("attempt_time", "username", "ip_address", "locked_out")


for _model, _page in ((AccessAttempt, AttemptAdmin), (AccessLog, SignInLogAdmin), (AccessFailureLog, FailureAdmin)):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)
    admin.site.register(_model, _page)
