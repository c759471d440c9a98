"""The certificate as it is typed: from boxes to the body of the contract, and its faults back to the boxes.

The same rules read it as read the API's body: nothing is checked here a second time.
"""

from collections.abc import Iterator, Mapping
from secrets import token_hex
from typing import Any

from django.http import QueryDict

from blacklist.api.serializers import CertificateBody, draft_of
from blacklist.desk.boxes import (
    Box,
    Faults,
    RowOfBoxes,
    basis_choices,
    category_choices,
    document_boxes,
    kind_choices,
    level_choices,
)
from blacklist.operations.drafts import Draft
from blacklist.vocabulary import LegalBasis
from config.desk.days import day_typed
from config.kernel.refusals import BadRequest
from config.kernel.text import Text

SUBJECT, ACCOUNT = "subject", "account"
#: How many rows a form takes; a longer certificate is entered over the API.
MOST_ROWS = 20

_SUBJECT_BOXES = ("kind", "name", "type", "number", "country")
_ACCOUNT_BOXES = ("account_number", "bank_code")


class EntryForm:
    """One certificate on its way in: what was typed, and what is wrong with it."""

    def __init__(self, typed: QueryDict | None = None) -> None:
        self.typed = typed if typed is not None else QueryDict()
        self.faults = Faults()
        self.tokens = {kind: self._tokens(kind) for kind in (SUBJECT, ACCOUNT)}

    def draft(self) -> Draft:
        """Read what was typed as the API reads a body.

        :raises BadRequest: naming each wrong field.
        """
        body = CertificateBody(data=self._body())
        if not body.is_valid():
            raise BadRequest(dict(_flat(body.errors)))
        return draft_of(body.validated_data)

    def note(self, faults: Mapping[str, list[str]]) -> None:
        """Take what is wrong, to be shown beside the boxes."""
        self.faults = Faults(faults)

    def paper(self) -> tuple[Box, ...]:
        """Return the boxes of the paper itself."""
        at, get = self.faults.at, self._get
        return (
            Box("doc_no", "doc_no", Text("文书号", "Document number"), get("doc_no"), errors=at("doc_no"),
                help=Text("照文书原样录入，如 公(反诈)认字〔2026〕001号", "As the paper writes it"), required=True, maxlength=100),
            Box("authority", "authority.name", Text("认定机关", "Certifying authority"), get("authority"),
                errors=at("authority.name", "authority"), required=True, maxlength=120),
            Box("region_code", "authority.region_code", Text("行政区划代码", "Region code"), get("region_code"),
                errors=at("authority.region_code"), help=Text("GB/T 2260 六位数字", "GB/T 2260, six digits"),
                required=True, maxlength=6, width="col-md-3", live=True),
            Box("level", "authority.level", Text("机关层级", "Authority's level"), get("level"), "select",
                level_choices(), at("authority.level"), required=True, width="col-md-3", live=True),
            Box("certified_on", "certified_on", Text("认定日期", "Certified on"), get("certified_on"), "date",
                errors=at("certified_on"), required=True, width="col-md-3", live=True),
            Box("received_on", "received_on", Text("接收日期", "Received on"), get("received_on"), "date",
                errors=at("received_on"), width="col-md-3"),
            Box("category", "category", Text("认定类别", "Category"), get("category"), "select", category_choices(),
                at("category"), required=True, live=True),
            Box("legal_basis", "legal_basis", Text("认定依据", "Legal basis"),
                get("legal_basis") or LegalBasis.NOTICE_2016.value, "select", basis_choices(), at("legal_basis"),
                required=True, live=True),
            Box("term_from", "term.from", Text("文书所载期限起", "Term as written, from"), get("term_from"), "date",
                errors=at("term.from", "term"), width="col-md-3",
                help=Text("仅作记录，不改变惩戒期", "Recorded; changes no penalty")),
            Box("term_to", "term.to", Text("文书所载期限止", "Term as written, to"), get("term_to"), "date",
                errors=at("term.to"), width="col-md-3"),
        )  # fmt: skip

    def subjects(self) -> list[RowOfBoxes]:
        """Return the rows of whom the certificate names, one empty row at least."""
        tokens = self._filled(SUBJECT) or self.tokens[SUBJECT][:1] or [token_hex(4)]
        return [self.subject(token, number) for number, token in enumerate(tokens)]

    def accounts(self) -> list[RowOfBoxes]:
        """Return the rows of case accounts, one empty row at least."""
        tokens = self._filled(ACCOUNT) or self.tokens[ACCOUNT][:1] or [token_hex(4)]
        return [self.account(token, number) for number, token in enumerate(tokens)]

    def subject(self, token: str, number: int) -> RowOfBoxes:
        """Return one row of a subject."""
        prefix, path = f"{SUBJECT}-{token}-", f"subjects.{number}"
        # What is wrong with all of them stands beside the first.
        whole = () if number else ("subjects",)
        values = {name: self._get(prefix + name) for name in _SUBJECT_BOXES}
        boxes = (
            Box(f"{prefix}kind", f"{path}.kind", Text("对象类别", "Kind"), values["kind"], "select", kind_choices(),
                self.faults.at(f"{path}.kind"), width="col-md-3"),
            Box(f"{prefix}name", f"{path}.name", Text("姓名或名称", "Name"), values["name"],
                errors=self.faults.at(f"{path}.name", *whole), maxlength=120, width="col-md-9"),
            *document_boxes(prefix, f"{path}.document", values, self.faults),
        )  # fmt: skip
        return RowOfBoxes(token, SUBJECT, boxes, self.faults.at(path))

    def account(self, token: str, number: int) -> RowOfBoxes:
        """Return one row of a case account."""
        prefix, path = f"{ACCOUNT}-{token}-", f"case_accounts.{number}"
        whole = () if number else ("case_accounts",)
        values = {name: self._get(prefix + name) for name in _ACCOUNT_BOXES}
        boxes = (
            Box(f"{prefix}account_number", f"{path}.account_number", Text("账号", "Account number"),
                values["account_number"], errors=self.faults.at(f"{path}.account_number", *whole), maxlength=34,
                width="col-md-8"),
            Box(f"{prefix}bank_code", f"{path}.bank_code", Text("银行代码", "Bank code"), values["bank_code"],
                errors=self.faults.at(f"{path}.bank_code"), maxlength=14, width="col-md-4",
                help=Text("本行账户不填", "Empty for this bank")),
        )  # fmt: skip
        return RowOfBoxes(token, ACCOUNT, boxes, self.faults.at(path))

    def _get(self, name: str) -> str:
        return str(self.typed.get(name, "")).strip()

    def _tokens(self, kind: str) -> list[str]:
        found = (token for token in self.typed.getlist(f"{kind}_rows") if token.isalnum() and len(token) <= 8)
        return list(dict.fromkeys(found))[:MOST_ROWS]

    def _filled(self, kind: str) -> list[str]:
        """Return the rows somebody typed something into; a choice alone is nothing typed."""
        typed = ("name", "number", "country") if kind == SUBJECT else _ACCOUNT_BOXES
        return [token for token in self.tokens[kind] if any(self._get(f"{kind}-{token}-{name}") for name in typed)]

    def _body(self) -> dict[str, Any]:
        get = self._get
        body: dict[str, Any] = {
            "doc_no": get("doc_no"),
            "authority": {"name": get("authority"), "region_code": get("region_code"), "level": get("level")},
            "certified_on": day_typed(get("certified_on")),
            "received_on": day_typed(get("received_on")) or None,
            "category": get("category"),
            "legal_basis": get("legal_basis") or LegalBasis.NOTICE_2016.value,
            "subjects": [self._subject_body(f"{SUBJECT}-{token}-") for token in self._filled(SUBJECT)],
            "case_accounts": [self._account_body(f"{ACCOUNT}-{token}-") for token in self._filled(ACCOUNT)],
        }
        if get("term_from") or get("term_to"):
            body["term"] = {"from": day_typed(get("term_from")), "to": day_typed(get("term_to"))}
        return body

    def _subject_body(self, prefix: str) -> dict[str, Any]:
        get = self._get
        document = {"type": get(f"{prefix}type"), "number": get(f"{prefix}number")}
        if country := get(f"{prefix}country"):
            document["country"] = country.upper()
        return {"kind": get(f"{prefix}kind"), "name": get(f"{prefix}name"), "document": document}

    def _account_body(self, prefix: str) -> dict[str, Any]:
        return {
            "account_number": self._get(f"{prefix}account_number"),
            "bank_code": self._get(f"{prefix}bank_code") or None,
        }


def _flat(errors: Any, prefix: str = "") -> Iterator[tuple[str, list[str]]]:
    """Yield each fault under its path: `subjects.0.document.number`."""
    for name, told in errors.items() if isinstance(errors, Mapping) else enumerate(errors):
        path = f"{prefix}{name}"
        if isinstance(told, Mapping) or (isinstance(told, list) and any(isinstance(each, Mapping) for each in told)):
            yield from _flat(told, f"{path}.")
        elif told:
            yield path.removesuffix(".non_field_errors"), [str(each) for each in told]
