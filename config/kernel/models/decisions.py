"""Decisions: every answer of a rule, allowed or refused."""

from django.db import models

from config.kernel.law.text import Codes, Text
from config.kernel.models.base import CodeField, PrincipalKey, UuidModel


class Outcome(Codes):
    """Outcomes: a rule allows or refuses; a proposal is rejected, returned, withdrawn, or expires."""

    ALLOWED = "allowed", Text("通过", "Allowed")
    REFUSED = "refused", Text("未受理", "Refused")
    REJECTED = "rejected", Text("未通过", "Rejected")
    RETURNED = "returned", Text("退回补正", "Returned for correction")
    WITHDRAWN = "withdrawn", Text("已撤回", "Withdrawn")
    EXPIRED = "expired", Text("逾期失效", "Expired")


class Decision(UuidModel):
    """One decision: rule, clause, version of the rules, and the facts examined. Append-only.

    The ids of the objects are plain columns, because the kernel knows no table of an app.
    """

    at = models.DateTimeField(db_index=True, verbose_name=Text("时间", "Time"))
    kind = models.CharField(max_length=40, verbose_name=Text("业务", "Business"))
    outcome = CodeField(Outcome, Text("结果", "Outcome"))
    code = models.CharField(max_length=40, blank=True, verbose_name=Text("代码", "Code"))
    rule = models.CharField(max_length=60, blank=True, verbose_name=Text("规则", "Rule"))
    clause = models.CharField(max_length=120, blank=True, verbose_name=Text("条款", "Clause"))
    policy_version = models.CharField(max_length=32, verbose_name=Text("规则版本", "Policy version"))
    facts = models.JSONField(default=dict, verbose_name=Text("判定依据要素", "Facts"))
    customer_id = models.UUIDField(null=True, verbose_name=Text("客户编号", "Customer id"))
    account_id = models.UUIDField(null=True, verbose_name=Text("账户编号", "Account id"))
    object_id = models.UUIDField(null=True, verbose_name=Text("对象编号", "Object id"))
    principal = PrincipalKey(Text("操作主体", "Principal"), null=True, db_index=False, db_constraint=False)

    class Meta:
        verbose_name = Text("判定记录", "Decision")
        verbose_name_plural = Text("判定记录", "Decisions")
        constraints = [
            models.CheckConstraint(
                name="decision_refusal_has_code",
                condition=models.Q(outcome__in=["allowed", "rejected", "returned", "withdrawn", "expired"], code="")
                | (models.Q(outcome="refused") & ~models.Q(code="")),
            ),
        ]
        indexes = [
            models.Index(name="decision_by_customer", fields=["customer_id", "-at"]),
            models.Index(name="decision_by_object", fields=["object_id"]),
            # Each withdrawal queries the day's payments of ATMs by account and by machine.
            models.Index(
                name="decision_paid_out_of", fields=["account_id", "at"], condition=models.Q(kind="withdrawal")
            ),
            models.Index(
                name="decision_paid_out_by", fields=["principal", "at"], condition=models.Q(kind="withdrawal")
            ),
            # Refusals are few; they are counted and searched by code.
            models.Index(name="decision_refused", fields=["at", "id", "code"], condition=models.Q(outcome="refused")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.outcome}"
