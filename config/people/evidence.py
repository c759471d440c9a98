"""What the evidence of administration holds (证据要素)."""

from config.kernel.law.text import Text
from config.kernel.models import AdministrationKind, Founding, Role
from config.kernel.trail.evidence import Fact, decided, proposed, register
from config.people.queries import TableWords
from config.people.vocabulary import DecisionKind

_FACTS = {
    "administration_kind": Fact(Text("管理事项", "Administrative act"), AdministrationKind),
    "administration_id": Fact(Text("管理事项编号", "Administrative act id")),
    "active": Fact(Text("启用", "Active")),
    "code_digest": Fact(Text("注册码摘要", "Digest of the enrolment code")),
    "expires_at": Fact(Text("密钥到期时间", "Key expires")),
    "groups": Fact(Text("查询权限组", "Groups")),
    "is_staff": Fact(Text("可进后台", "Back office")),
    "factor": Fact(Text("动态口令编号", "Authenticator id")),
    "key": Fact(Text("密钥开头", "Key begins with")),
    "key_digest": Fact(Text("密钥摘要", "Digest of the key")),
    "keys": Fact(Text("作废密钥数", "Keys revoked")),
    "name": Fact(Text("名称", "Name")),
    "password_mark": Fact(Text("密码标记", "Mark of the password")),
    "role": Fact(Text("角色", "Role"), Role),
    "rotates": Fact(Text("同时作废旧密钥", "Revokes the keys before")),
    "staff_number": Fact(Text("工号", "Staff number")),
    "usable_until": Fact(Text("领取期限", "To be collected until")),
    "username": Fact(Text("用户名", "User name")),
    "views": Fact(Text("可查询的数据", "Views"), TableWords()),
    "why": Fact(Text("原因", "Reason"), Founding.Why),
}


def register_evidence() -> None:
    """Tell what the names are, in what administrators propose and in what is decided about it."""
    kinds = [*AdministrationKind.values]
    register(_FACTS, (*proposed(*kinds), *decided(*kinds, *DecisionKind.values)))
