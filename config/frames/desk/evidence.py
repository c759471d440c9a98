"""Evidence of people's acts on their own sign-in, which are recorded as decisions (证据要素)."""

from config.kernel.law.text import Codes, Text
from config.kernel.trail import decisions
from config.kernel.trail.evidence import Fact, decided, register


class DecisionKind(Codes):
    """Kinds of decisions about one's own sign-in."""

    OWN_PASSWORD = "own_password", Text("修改本人密码", "Change of one's own password")
    OWN_RECOVERY_CODES = "own_recovery_codes", Text("生成本人恢复码", "New recovery codes of one's own")
    OWN_AUTHENTICATOR = "own_authenticator", Text("更换本人验证器", "Replacement of one's own authenticator")
    OWN_PASSKEY = "own_passkey", Text("登记本人通行密钥", "Registration of one's own passkey")
    OWN_PASSKEY_ENDED = "own_passkey_ended", Text("注销本人通行密钥", "End of one's own passkey")
    REHASH_PASSWORD = "rehash_password", Text("密码按新参数重新散列", "Password rehashed with new parameters")


class Rule(Codes):
    """Rules of decisions about one's own sign-in."""

    PASSWORD_AND_CODE = "password_and_code", Text("原密码与动态口令", "Current password and one-time code")
    OWN_CODE = "own_code", Text("本人第二验证方式", "A second factor of one's own")
    PASSWORD_SHOWN = "password_shown", Text("本人输入了正确的密码", "The person typed the right password")


def register_evidence() -> None:
    """Register the names in this evidence."""
    decisions.name_kinds(dict(DecisionKind.choices), administration=DecisionKind.values)
    decisions.name_rules(dict(Rule.choices))
    register(
        {
            "user": Fact(Text("用户", "User")),
            "passkey": Fact(Text("通行密钥名称", "Passkey")),
            "public_digest": Fact(Text("通行密钥公开部分的摘要", "Digest of the passkey's public part")),
            "factor": Fact(Text("动态口令编号", "Authenticator id")),
            "sheet": Fact(Text("恢复码表编号", "Recovery sheet id")),
            "password_mark": Fact(Text("密码标记", "Mark of the password")),
            "codes_made": Fact(Text("生成的恢复码数", "Recovery codes made")),
            "codes_ended": Fact(Text("同时失效的恢复码数", "Recovery codes ended")),
            "sessions_ended": Fact(Text("结束的会话数", "Sessions ended")),
        },
        decided(*DecisionKind.values),
    )
