"""Sign-ins of people, each until its end: what a person sees and ends of their own."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from config.kernel.law.text import Codes, Text
from config.kernel.models.base import UuidModel


class SignInEnd(Codes):
    """How a sign-in ended."""

    SIGNED_OUT = "signed_out", Text("本人签退", "Signed out")
    REPLACED = "replaced", Text("本人另行签到", "Replaced by a later sign-in")
    ELSEWHERE = "elsewhere", Text("本人在另一会话中结束", "Ended from another session")
    IDLE = "idle", Text("闲置锁定", "Locked while idle")
    HOURS = "hours", Text("已满时限", "After its hours")


class SignIn(UuidModel):
    """One sign-in (签到): its session names it, and goes on while it has no end. Kept as evidence.

    By the real clock, like all sessions. Where it came from is shown to the person alone, who knows it again by that.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=Text("用户", "User"),
    )
    at = models.DateTimeField(db_default=Now(), verbose_name=Text("签到时间", "Signed in"))
    address = models.GenericIPAddressField(null=True, verbose_name=Text("网络地址", "Network address"))
    browser = models.CharField(max_length=200, blank=True, verbose_name=Text("浏览器", "Browser"))
    ended_at = models.DateTimeField(null=True, verbose_name=Text("结束时间", "Ended"))
    end = models.CharField(max_length=16, blank=True, choices=SignInEnd, verbose_name=Text("结束方式", "How it ended"))

    class Meta:
        verbose_name = Text("会话", "Session")
        verbose_name_plural = Text("会话", "Sessions")
        constraints = [
            models.CheckConstraint(
                name="sign_in_end_is_whole",
                condition=Q(ended_at=None, end="") | Q(ended_at__isnull=False, end__in=SignInEnd.values),
            ),
        ]
        indexes = [models.Index(name="sign_in_open", fields=["user"], condition=Q(ended_at=None))]

    def __str__(self) -> str:
        return f"{self.id}"
