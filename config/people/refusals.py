"""Refusals of administrative acts."""

from typing import ClassVar

from config.kernel.law.refusals import Conflict, Ruled
from config.kernel.law.text import Text


class StaffNumberTaken(Conflict):
    """Refuse a staff number that belongs to another person."""

    code = "STAFF_NUMBER_TAKEN"
    title = Text("工号已被使用", "Staff number is in use")
    zh = "工号已属于另一人员，未作任何处理。同一人员不重复登记；请核对工号，或变更该人员的用户、角色。"
    en = "The staff number is another person's; nothing was done. A person is registered once: check the number, or change that person's user or role."


class NameTaken(Conflict):
    """Refuse a name that belongs to another user, principal or group."""

    code = "NAME_TAKEN"
    title = Text("名称已被使用", "Name is in use")
    zh = "名称已被使用，未作任何处理。请另取名称。"
    en = "The name is in use; nothing was done. Choose another one."


class PersonActs(Conflict):
    """Refuse a second role for a person."""

    code = "PERSON_ACTS"
    title = Text("人员已有操作主体", "Person already has a principal")
    zh = "该人员已有启用的操作主体，一人只能有一个角色，未作任何处理。如需变更角色，请先停用原操作主体。"
    en = "This person already acts as an active principal, and a person has one role; nothing was done. Switch that principal off first to change the role."


class NoUser(Conflict):
    """Refuse an act that needs a person with a user."""

    code = "NO_USER"
    title = Text("人员没有启用的用户", "Person has no active user")
    zh = "该人员没有启用的用户，不能签到，未作任何处理。请先为其建立或启用用户。"
    en = "This person has no active user and cannot sign in; nothing was done. Create or switch on a user first."


class NotActive(Conflict):
    """Refuse an act that needs an active principal."""

    code = "PRINCIPAL_NOT_ACTIVE"
    title = Text("操作主体已停用", "Principal is switched off")
    zh = "该操作主体已停用，未作任何处理。如仍需使用，请先提交启用。"
    en = "This principal is switched off; nothing was done. Propose to switch it on first."


class NoKeyForAdministrators(Ruled):
    """Refuse a key for an administrator."""

    code = "NO_KEY_FOR_ADMINISTRATORS"
    title = Text("系统管理员没有密钥", "No key for administrators")
    zh = "系统管理员不办理银行业务，没有密钥，未作任何处理。"
    en = "An administrator has no part in the bank's business and has no key; nothing was done."


class NothingChanges(Conflict):
    """Refuse a proposal that would change nothing."""

    code = "NOTHING_CHANGES"
    title = Text("内容没有变化", "Nothing would change")
    zh = "所提交的内容与现状相同，无需办理。"
    en = "What was submitted is as it already is; there is nothing to do."


class TooFewAdministrators(Ruled):
    """Refuse to leave fewer than two active administrators."""

    code = "TOO_FEW_ADMINISTRATORS"
    title = Text("系统管理员不足两名", "Too few administrators")
    zh = "办理后启用的系统管理员将不足两名，管理事项无法复核，未作任何处理。请先增加一名系统管理员。"
    en = "Fewer than two active administrators would be left, and nothing could be approved any more; nothing was done. Make another administrator first."


class NotCollectable(Conflict):
    """Refuse to hand out a secret that was collected before or has expired."""

    code = "NOT_COLLECTABLE"
    title = Text("密钥或注册码不能领取", "Key or enrolment code cannot be collected")
    causes: ClassVar = {
        "collected": (
            "已经领取过，只能领取一次。如遗失，请重新提交。",
            "It was collected already, which is possible once. Submit it again if it was lost.",
        ),
        "lapsed": (
            "领取期限已过，未领取。如仍需要，请重新提交。",
            "The time to collect it has passed. Submit it again if it is still needed.",
        ),
    }
    zh = "不能领取。如仍需要，请重新提交。"
    en = "It cannot be collected. Submit it again if it is still needed."


class EnrolmentRefused(Ruled):
    """Refuse an enrolment without saying which part was wrong."""

    code = "ENROLMENT_REFUSED"
    title = Text("注册码不正确或失效", "Enrolment code wrong or no longer valid")
    zh = "用户名或注册码不正确，或者注册码已使用、已过期，未作任何处理。请核对后重试，或向系统管理员重新申请注册码。"
    en = "The user name or the enrolment code is wrong, or the code was used or has expired; nothing was done. Check both, or ask an administrator for a new code."


class EnoughAdministrators(Ruled):
    """Refuse `first_administrators` when two active administrators exist."""

    code = "ENOUGH_ADMINISTRATORS"
    title = Text("已有两名系统管理员", "Two administrators exist")
    zh = "已有两名以上启用的系统管理员，其他人员须由其双人办理。无法签到时按运行手册办理应急恢复。"
    en = "There are two active administrators already: they make others, one proposing and another approving. If they cannot sign in, see break-glass in the operating manual."
