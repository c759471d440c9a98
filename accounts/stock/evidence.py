"""Names of the fields in the evidence of stock imports (证据要素)."""

from accounts.stock.models import StockImport
from accounts.stock.vocabulary import RowOutcome, SheetName
from config.kernel.law.refusals import name_subjects
from config.kernel.law.text import Text
from config.kernel.trail.evidence import Fact, columns, decided, proposed, register


def register_evidence() -> None:
    """Register the words of the fields, in the scope of stock imports."""
    name_subjects({"accounts.stock.refusals": Text("存量导入", "Import of existing data")})
    register({"row_outcome": Fact(Text("行检查结果", "Outcome of the rows"), RowOutcome)})
    stock = {
        **columns(StockImport, "source", "status"),
        "digest": Fact(Text("文件校验值（前12位）", "Digest (first 12 digits)")),
        "loaded": Fact(Text("已导入", "Imported")),
        "by_class": Fact(Text("各类账户数", "Accounts of each class")),
        "new": Fact(Text("新增", "New")),
        "known": Fact(Text("原已有", "Known before")),
        "faults": Fact(Text("有误行数", "Rows with errors")),
        "balance_fen": Fact(Text("期初余额合计（元）", "Opening balances (yuan)")),
        **{each.value: Fact(each.text) for each in SheetName},
    }
    register(stock, decided("load_stock", "stock_import", "discard_stock"))
    register(stock, proposed("stock_import"))
    register(
        {
            "sheets": Fact(Text("各表", "Sheets")),
            "excess": Fact(Text("超限", "Excess")),
            "amounts": Fact(Text("金额合计", "Amounts")),
        },
        proposed("stock_import"),
    )
