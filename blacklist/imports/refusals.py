"""Refusals of operations on lists."""

from typing import ClassVar

from blacklist.imports.vocabulary import ListStatus
from config.kernel.law.refusals import Conflict
from config.kernel.law.text import Text


class ListImportBusy(Conflict):
    """Refuse to read or register a list while another is read or registered (另一名单正在处理)."""

    code = "LIST_IMPORT_BUSY"
    title = Text("另一份名单正在处理", "Another list import is running")
    zh = "另一份名单正在读取或登记，本次未开始。请待其完成后再试。"
    en = "Another list is being read or registered; this one was not begun. Try again once it is done."


class ListImportState(Conflict):
    """Refuse a step that the status of an import does not allow (名单导入状态不符)."""

    code = "LIST_IMPORT_STATE"
    title = Text("名单导入状态不符", "Status of the list import does not allow this")
    words: ClassVar = {"status": ListStatus}
    zh = "该名单导入目前为“{status}”，不能办理此项操作，名单和登记均未改变。"
    en = "This import of a list is “{status}”; that cannot be done with it now, and nothing has changed."


class ListDryRunOnly(Conflict):
    """Refuse to submit a list that was uploaded as a dry run (仅试算)."""

    code = "LIST_DRY_RUN_ONLY"
    title = Text("名单仅供试算", "List is a dry run")
    zh = "该名单上传时注明仅试算，不能提交，未限制任何人。如需登记，请不带试算标记重新上传同一文件。"
    en = "This list was sent as a dry run and cannot be submitted; nobody is restricted. Send the same file without that mark to register it."


class NothingToRegister(Conflict):
    """Refuse to submit a list without a new row (没有可登记的行)."""

    code = "NOTHING_TO_REGISTER"
    title = Text("名单没有可登记的行", "No row of the list to register")
    zh = "该名单没有可新增登记的行，无需提交。被拒绝的行见明细，改正后可另行导入。"
    en = "No row of this list is new, so there is nothing to submit. Refused rows are listed; correct them and import that file."


class ListKeysChanged(Conflict):
    """Refuse rows that were encrypted before the keys changed (密钥已更换)."""

    code = "LIST_KEYS_CHANGED"
    title = Text("名单读取后密钥已换", "Keys changed since the list was read")
    zh = "读取该名单后密钥已更换，其内容不能再登记。请重新上传同一文件。"
    en = "The keys have changed since this list was read, and it cannot be registered. Send the same file again."


class ListSealed(Conflict):
    """Refuse to undo a list that is sealed (名单已封存)."""

    code = "LIST_SEALED"
    title = Text("名单已封存", "List is sealed")
    zh = "该名单已于{sealed_from}封存，不能整批撤销，原登记不变。其中的认定书仍可逐份申请撤销。"
    en = "This list was sealed at {sealed_from} and cannot be undone as a whole; it stays as registered. Single certificates of it can still be revoked."
