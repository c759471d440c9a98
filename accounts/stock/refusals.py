"""Refusals of imports of stock, in the order in which they are looked for."""

from typing import ClassVar

from accounts.stock.vocabulary import ImportStatus
from config.kernel.law.refusals import Conflict
from config.kernel.law.text import Text


class StockImportBusy(Conflict):
    """Refuse to read or to apply while another import is being read or applied (另一导入正在进行)."""

    code = "STOCK_IMPORT_BUSY"
    title = Text("另一批存量正在处理", "Another stock import is running")
    zh = "另一批存量正在读取或入账，本次未开始。请待其完成后再试。"
    en = "Another import of stock is being read or applied; this one was not begun. Try again once it is done."


class StockImportState(Conflict):
    """Refuse an act that the status of an import does not allow."""

    code = "STOCK_IMPORT_STATE"
    title = Text("存量导入状态不符", "Status of the stock import does not allow this")
    words: ClassVar = {"status": ImportStatus}
    zh = "该存量导入目前为“{status}”，不能办理此项操作。"
    en = "This import of stock is “{status}”; that cannot be done with it now."


class StockKeysChanged(Conflict):
    """Refuse rows that were encrypted before the keys changed (密钥已更换)."""

    code = "STOCK_KEYS_CHANGED"
    title = Text("存量读取后密钥已换", "Keys changed since the stock was read")
    zh = "读取该文件后密钥已更换，其内容不能再入账。请重新读取同一文件。"
    en = "The keys have changed since these files were read, and they cannot be applied. Read the same files again."


class NothingToImport(Conflict):
    """Refuse to submit an import without a new row (没有可导入的行)."""

    code = "NOTHING_TO_IMPORT"
    title = Text("没有可导入的存量", "No stock to import")
    zh = "该批文件没有可新增的行，无需提交。被拒绝的行见错误文件，改正后可另行导入。"
    en = "No row of these files is new, so there is nothing to submit. Refused rows are in the file of faults; correct them and import that file."
