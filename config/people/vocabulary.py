"""Vocabulary of administration: kinds and rules of decisions."""

from config.kernel.law.text import Codes, Text


class DecisionKind(Codes):
    """Kinds of administrative decisions without a second administrator; others have the name of their proposal."""

    ASK_ADMINISTRATION = "ask_administration", Text("提交管理事项", "Proposal of an administrative act")
    COLLECT_KEY = "collect_key", Text("领取密钥", "Collection of a key")
    ISSUE_ENROLMENT_CODE = "issue_enrolment_code", Text("领取注册码", "Collection of an enrolment code")
    ENROL = "enrol", Text("本人注册签到凭据", "Enrolment")
    SWITCH_OFF = "switch_off", Text("停用", "Switching off")
    REVOKE_KEY = "revoke_key", Text("作废密钥", "Revocation of a key")
    UNLOCK_SIGN_IN = "unlock_sign_in", Text("解除签到锁定", "Unlocking of a sign-in")
    END_SESSIONS = "end_sessions", Text("结束人员的会话", "End of a person's sessions")
    FIRST_ADMINISTRATORS = "first_administrators", Text("设立首批系统管理员", "First administrators")
    BREAK_GLASS = "break_glass", Text("应急恢复系统管理员", "Break-glass")


class Rule(Codes):
    """Rules of administrative decisions."""

    TWO_ADMINISTRATORS = "two_administrators", Text("系统管理双人办理", "Two administrators")
    ONE_ADMINISTRATOR = "one_administrator", Text("一名系统管理员可立即办理", "One administrator, at once")
    OWNER = "owner", Text("数据库所有者在服务器上办理", "The owner of the database, on the server")
    IN_PERSON = "in_person", Text("本人办理", "In person")
