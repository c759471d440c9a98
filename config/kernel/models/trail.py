"""The audit trail (审计轨迹): views with reasons, refusals, and attempts to sign in."""

from django.db import models
from django.db.models.functions import Now

from config.kernel.law.text import Codes, Text
from config.kernel.models.base import CodeField, PrincipalKey, UuidModel


class TrailKind(Codes):
    """Kinds of recorded acts and attempts (行为)."""

    LOOK_UP_CUSTOMER = "look_up_customer", Text("查询客户", "Look-up of a customer")
    LOOK_UP_ACCOUNT = "look_up_account", Text("查询账户", "Look-up of an account")
    SCREENING = "screening", Text("名单筛查", "Screening")
    VIEW = "view", Text("查看单笔资料", "View of one record")
    LISTING = "list", Text("查看列表", "View of a list")
    UNMASK = "unmask", Text("查看完整信息", "View of full data")
    EXPORT = "export", Text("导出", "Export")
    WRONG_KEY = "wrong_key", Text("接口密钥无效", "Key not valid")
    KEY_MISSES = "key_misses", Text("接口密钥多次未命中", "Many misses of a key")
    FORBIDDEN = "forbidden", Text("越权被拒", "Refused by role")
    SIGN_IN = "sign_in", Text("签到", "Sign-in")
    ON_SITE = "on_site", Text("现场授权", "On-site authorization")
    RECOVERY_CODE = "recovery_code", Text("使用恢复码", "Recovery code used")
    SIGN_OUT = "sign_out", Text("签退", "Sign-out")
    SCREEN_LOCK = "screen_lock", Text("屏幕锁定", "Screen locked")
    WRONG_PASSWORD = "wrong_password", Text("签到失败", "Failed sign-in")
    WRONG_CODE = "wrong_code", Text("动态口令错误", "Wrong one-time code")
    WRONG_ENROLMENT = "wrong_enrolment", Text("注册码错误", "Wrong enrolment code")
    LOCK_OUT = "lock_out", Text("签到锁定", "Sign-in locked")
    UNLOCK = "unlock", Text("解除签到锁定", "Sign-in unlocked")
    RETENTION = "retention", Text("清理到期记录", "Records past retention deleted")


class TrailOutcome(Codes):
    """Outcomes of recorded acts (结果)."""

    DONE = "done", Text("成功", "Done")
    FOUND = "found", Text("找到", "Found")
    NOT_FOUND = "not_found", Text("未找到", "Not found")
    REFUSED = "refused", Text("被拒绝", "Refused")


class QueryReason(Codes):
    """Reasons to look up a customer or to screen a person at the desk (查询理由)."""

    BUSINESS = "business", Text("办理业务", "Customer business")
    VERIFICATION = "verification", Text("核查", "Verification")
    AUDIT = "audit", Text("审计检查", "Audit")
    OTHER = "other", Text("其他", "Other")


class TrailWay(Codes):
    """Channels of recorded acts (途径)."""

    API = "api", Text("接口", "API")
    DESK = "desk", Text("工作台", "Desk")
    BACK_OFFICE = "back_office", Text("后台", "Back office")
    COMMAND = "command", Text("命令", "Command")


class TrailRecord(UuidModel):
    """One record of the trail. Append-only; only the owner deletes records past their retention.

    No plain personal data: a number or name that was searched for is stored as its blind index only.

    :ivar at: the real clock, written by the database whatever the row says.
    :ivar bank_at: the bank's clock if it differs, as in a sandbox.
    :ivar address: the network address of the caller, as far as known.
    :ivar whom: the blind index of the identity, phone, account, card or user name that was searched for.
    :ivar place: the route of the page or call, without ids.
    :ivar count: number of equal acts that the row represents: in a flood not every act has a row.
    """

    at = models.DateTimeField(db_default=Now(), verbose_name=Text("时间", "Time"))
    bank_at = models.DateTimeField(null=True, verbose_name=Text("银行时钟", "Bank's clock"))
    kind = CodeField(TrailKind, Text("行为", "Kind"), max_length=32)
    outcome = CodeField(TrailOutcome, Text("结果", "Outcome"))
    code = models.CharField(max_length=40, blank=True, verbose_name=Text("代码", "Code"))
    principal = PrincipalKey(Text("操作主体", "Principal"), null=True, db_index=False)
    # Not a foreign key: users belong to another app, and the name tried may belong to no user.
    user_id = models.BigIntegerField(null=True, verbose_name=Text("用户编号", "User id"))
    address = models.GenericIPAddressField(null=True, verbose_name=Text("网络地址", "Network address"))
    whom = models.BinaryField(null=True, max_length=32)
    customer_id = models.UUIDField(null=True, verbose_name=Text("客户编号", "Customer id"))
    account_id = models.UUIDField(null=True, verbose_name=Text("账户编号", "Account id"))
    object_id = models.UUIDField(null=True, verbose_name=Text("对象编号", "Object id"))
    reason = models.CharField(max_length=32, blank=True, verbose_name=Text("理由", "Reason"))
    way = CodeField(TrailWay, Text("途径", "Way"))
    place = models.CharField(max_length=120, blank=True, verbose_name=Text("页面", "Page"))
    request_id = models.CharField(max_length=64, blank=True, verbose_name=Text("请求号", "Request id"))
    count = models.BigIntegerField(default=1, verbose_name=Text("次数", "Times"))

    class Meta:
        verbose_name = Text("审计轨迹", "Audit trail")
        verbose_name_plural = Text("审计轨迹", "Audit trail")
        constraints = [
            models.CheckConstraint(
                name="trail_refused_by_code",
                condition=models.Q(outcome="refused") & ~models.Q(code="")
                | ~models.Q(outcome="refused") & models.Q(code=""),
            ),
            models.CheckConstraint(name="trail_counts", condition=models.Q(count__gte=1)),
        ]
        indexes = [
            models.Index(name="trail_by_time", fields=["at", "id"]),
            models.Index(name="trail_by_principal", fields=["principal", "at"]),
            models.Index(name="trail_by_user", fields=["user_id", "at"], condition=models.Q(user_id__isnull=False)),
            models.Index(name="trail_by_customer", fields=["customer_id", "at"], condition=models.Q(customer_id__isnull=False)),
            models.Index(name="trail_by_whom", fields=["whom", "at"], condition=models.Q(whom__isnull=False)),
            models.Index(name="trail_unmasked", fields=["at", "principal", "count"], condition=models.Q(kind="unmask")),
            models.Index(name="trail_refused", fields=["at", "kind", "count"], condition=models.Q(outcome="refused")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} {self.outcome}"


class BudgetUse(UuidModel):
    """Number of a caller's acts within a minute, an hour or a day, measured against a budget.

    It is stored in the database, so that a restart of a process or of the broker resets no budget.
    """

    what = models.CharField(max_length=32, verbose_name=Text("额度", "Budget"))
    who = models.CharField(max_length=64, verbose_name=Text("对象", "Subject"))
    begins_at = models.DateTimeField(verbose_name=Text("起始时间", "From"))
    ends_at = models.DateTimeField(verbose_name=Text("截止时间", "Until"))
    count = models.BigIntegerField(verbose_name=Text("次数", "Times"))

    class Meta:
        verbose_name = Text("额度使用", "Use of a budget")
        verbose_name_plural = Text("额度使用", "Use of budgets")
        constraints = [
            models.UniqueConstraint(name="budget_once_per_window", fields=["what", "who", "begins_at"]),
            models.CheckConstraint(name="budget_window", condition=models.Q(ends_at__gt=models.F("begins_at"))),
        ]
        indexes = [models.Index(name="budget_age", fields=["ends_at"])]

    def __str__(self) -> str:
        return f"{self.what} {self.count}"
