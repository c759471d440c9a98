"""What people do about their own sign-in is a decision on record, too (证据要素)."""

from config.kernel import decisions
from config.kernel.evidence import Fact, decided, register
from config.kernel.text import Codes, Text


class DecisionKind(Codes):
    """What is decided here."""

    OWN_PASSWORD = "own_password", Text("修改本人密码", "Change of one's own password")


class Rule(Codes):
    """By which rules it is decided."""

    PASSWORD_AND_CODE = "password_and_code", Text("原密码与动态口令", "Current password and one-time code")


def register_evidence() -> None:
    """Tell what the names are."""
    decisions.name_kinds(dict(DecisionKind.choices))
    decisions.name_rules(dict(Rule.choices))
    register(
        {
            "user": Fact(Text("用户", "User")),
            "sessions_ended": Fact(Text("结束的会话数", "Sessions ended")),
        },
        decided(DecisionKind.OWN_PASSWORD),
    )
