"""Names in the evidence of administration (证据要素)."""

from config.kernel.law.refusals import name_subjects
from config.kernel.law.text import Text
from config.kernel.models import Administration, AdministrationKind, ApiKey, Founding, Person, Principal
from config.kernel.trail.evidence import Fact, columns, decided, proposed, register
from config.people.queries import TableWords
from config.people.vocabulary import DecisionKind

_FACTS = {
    **columns(Principal, "active", "name", "role"),
    **columns(Person, "staff_number"),
    **columns(ApiKey, key="hint"),
    **columns(Administration, "usable_until"),
    **columns(Founding, "why"),
    "administration_kind": Fact(Text("管理事项", "Administrative act"), AdministrationKind),
    "administration_id": Fact(Text("管理事项编号", "Administrative act id")),
    "code_digest": Fact(Text("注册码摘要", "Digest of the enrolment code")),
    "expires_at": Fact(Text("密钥到期时间", "Key expires")),
    "groups": Fact(Text("查询权限组", "Groups")),
    "is_staff": Fact(Text("可进后台", "Back office")),
    "file": Fact(Text("人员名册编号", "File of people")),
    "sessions_ended": Fact(Text("结束的会话数", "Sessions ended")),
    "factor": Fact(Text("动态口令编号", "Authenticator id")),
    "key_digest": Fact(Text("密钥摘要", "Digest of the key")),
    "keys": Fact(Text("作废密钥数", "Keys revoked")),
    "password_mark": Fact(Text("密码标记", "Mark of the password")),
    "rotates": Fact(Text("同时作废旧密钥", "Revokes the keys before")),
    "username": Fact(Text("用户名", "User name")),
    "views": Fact(Text("可查询的数据", "Views"), TableWords()),
}


def register_evidence() -> None:
    """Register the names in proposals of administrators and in decisions about them."""
    name_subjects({"config.people.refusals": Text("人员和密钥", "Staff and keys")})
    kinds = [*AdministrationKind.values]
    register(_FACTS, (*proposed(*kinds), *decided(*kinds, *DecisionKind.values)))
