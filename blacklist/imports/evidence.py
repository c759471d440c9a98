"""Names of the facts in the evidence of lists (证据要素) and of the decisions about lists."""

from blacklist.imports.models import ListImport, ListUndo
from blacklist.imports.vocabulary import ListDecision, ListOutcome, Rule
from blacklist.vocabulary import Remark
from config.kernel.law.refusals import name_subjects
from config.kernel.law.text import Text
from config.kernel.trail.decisions import name_kinds, name_rules
from config.kernel.trail.evidence import Fact, columns, decided, proposed, register

_OF_LISTS = {
    **columns(ListImport, "digest", "sealed_from"),
    "rows_by_outcome": Fact(Text("各类行数", "Rows by outcome")),
    **{f"rows_by_outcome.{each.value}": Fact(each.text) for each in ListOutcome},
    "counts": Fact(Text("各提示的行数", "Rows by remark")),
    **{each.value: Fact(each.text) for each in Remark},
    "rows_told": Fact(Text("名单行", "Rows")),
    "touched": Fact(Text("影响范围", "What it touches")),
    "undoes": Fact(Text("撤销范围", "What is undone")),
    "certificates": Fact(Text("认定书份数", "Certificates")),
    "customers": Fact(Text("此后不再受任何限制的客户数", "Customers whom nothing restricts any more")),
    "accounts": Fact(Text("此后不再受任何限制的账户数", "Accounts that nothing restricts any more")),
    "letters": Fact(Text("所涉已出具的告知函数", "Letters that informed customers of it")),
}


def register_evidence() -> None:
    """Register the names of facts, decisions and rules of lists with the kernel."""
    name_subjects({"blacklist.imports.refusals": Text("名单导入", "Import of lists")})
    name_kinds(dict(ListDecision.choices), administration=[ListDecision.EXPORT_REFUSED])
    name_rules(dict(Rule.choices))
    register(columns(ListUndo, "doc_no"), (*proposed("import_undo"), *decided("import_undo")))
    of_lists = {**columns(ListImport, "source", "status"), **_OF_LISTS}
    register(of_lists, (*proposed("import", "import_undo"), *decided("import", "import_undo", *ListDecision.values)))
    register({"import_id": Fact(Text("名单导入编号", "Import id"))})
