"""API views of list imports (名单导入): upload a file, read counts and rows, submit, undo."""

from typing import Any

from django.db import transaction
from rest_framework import serializers

from blacklist.imports.models import ListImport
from blacklist.imports.operations import propose_list, propose_undo, upload_list
from blacklist.imports.operations.rows import COLUMNS, SHEET
from blacklist.imports.operations.uploads import FORMATS
from blacklist.imports.queries.groups import remark_counts
from blacklist.imports.queries.lists import (
    BEGINNING,
    LISTS,
    ListRowOutcome,
    counts_of,
    progress_of,
    rows_page,
    status_of,
    touches_of,
)
from blacklist.imports.tasks import wake_lists
from blacklist.imports.vocabulary import ListOutcome, ListStatus
from blacklist.operations.revocations import RevocationDraft
from blacklist.vocabulary import Remark, RevocationGround, TouchKind
from config.frames.api.answers import Answer, PageAnswer
from config.frames.api.fields import DayField, InstantField, LineField, StrictSerializer, TextField, path_id
from config.frames.api.links import ID, PROPOSED, to
from config.frames.api.pagination import PageQuery, places
from config.frames.api.uploads import UploadField, UploadView
from config.frames.api.views import ContractView, File, FileView, Result
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import ROLES, Permission
from config.kernel.database.clock import bank_now
from config.kernel.intake.tables.templates import TemplateForm, template
from config.kernel.law.dates import shanghai_day
from config.kernel.law.text import text
from config.kernel.trail.sheets import MEDIA_TYPES

_ROLES = ROLES[Permission.IMPORT_LIST]
#: Status that callers see during an undo: the import counts as applied until all of it is undone.
_SHOWN = {ListStatus.UNDOING: ListStatus.APPLIED}


class ListBody(StrictSerializer):
    """A list of certificates. With `dry_run` it is only counted and cannot be submitted."""

    file = UploadField()
    format = serializers.ChoiceField(choices=FORMATS, required=False)
    dry_run = serializers.ChoiceField(choices=("true", "false"), required=False, default="false")


class ListUndoBody(StrictSerializer):
    """Document and reason for undoing a list. Default day is today, default ground is `entry`."""

    examples = {"mistake": {"doc_no": "公撤〔2026〕2号", "reason": "名单有误，认定机关来函整批撤销"}}

    doc_no = LineField(max_length=100)
    reason = TextField(max_length=1000)
    revoked_on = DayField(required=False)
    ground = serializers.ChoiceField(choices=RevocationGround.choices, default=RevocationGround.ENTRY)


class ListCounts(Answer):
    """Number of rows by outcome. `review` rows are registered and wait for a decision of their own.

    `remarks` counts rows that are `new` or `review` by the code of each remark on their certificates.
    """

    new = serializers.IntegerField()
    known = serializers.IntegerField()
    changed = serializers.IntegerField()
    refused = serializers.IntegerField()
    review = serializers.IntegerField()
    remarks = serializers.DictField(child=serializers.IntegerField())


class TouchCounts(Answer):
    """Number of this bank's customers, accounts, cards and held transfers that a list affects, each once."""

    customers = serializers.IntegerField()
    accounts = serializers.IntegerField()
    cards = serializers.IntegerField()
    held_transfers = serializers.IntegerField()


class ListProgressAnswer(Answer):
    """Progress of an import: rows read, rows registered, or certificates undone; with the rate while it runs."""

    rows = serializers.IntegerField()
    total = serializers.IntegerField()
    rows_per_second = serializers.IntegerField(allow_null=True, source="per_second")
    seconds_left = serializers.IntegerField(allow_null=True)


class ListImportAnswer(Answer):
    """An import of a list. Nothing is registered before status `applying`; then it is registered in batches."""

    id = serializers.UUIDField()
    source = serializers.CharField()  # type: ignore[assignment]
    dry_run = serializers.BooleanField()
    status = serializers.ChoiceField(choices=[each for each in ListStatus.choices if each[0] not in _SHOWN])
    counts = ListCounts(allow_null=True)
    touches = TouchCounts(allow_null=True)
    progress = ListProgressAnswer()
    started_at = InstantField()
    staged_at = InstantField(allow_null=True)
    in_force_at = InstantField(allow_null=True)
    applied_at = InstantField(allow_null=True)
    sealed_from = InstantField(allow_null=True)
    undone_at = InstantField(allow_null=True)


class ProposedListAnswer(ListImportAnswer):
    """An import that waits for a second person."""

    approval_id = serializers.UUIDField()


class TouchedAnswer(Answer):
    """The objects of this bank that a row affects, at most twenty of each kind."""

    customers = serializers.ListField(child=serializers.UUIDField())
    accounts = serializers.ListField(child=serializers.UUIDField())
    cards = serializers.ListField(child=serializers.UUIDField())
    held_transfers = serializers.ListField(child=serializers.UUIDField())


class ListRowAnswer(Answer):
    """Outcome of a row, counted from 1 below the header: column, code and affected objects, never the value.

    `codes` has all codes of the row. For `new` and `review` rows they are in the order of the vocabulary, and `code`
    is the first.
    """

    row = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=ListOutcome.choices)
    column = serializers.CharField(allow_null=True)
    code = serializers.CharField(allow_null=True)
    codes = serializers.ListField(child=serializers.CharField())
    detail = serializers.CharField(allow_null=True)
    touches = TouchedAnswer()


class ListRowsAnswer(PageAnswer):
    """A page of rows. A refused or skipped row appears once for each of its faults."""

    results = ListRowAnswer(many=True)


class ListRowsQuery(PageQuery):
    """Filter of rows: one outcome or all; `remark` selects `new` and `review` rows with that remark."""

    outcome = serializers.ChoiceField(choices=ListOutcome.choices, required=False)
    remark = serializers.ChoiceField(choices=Remark.choices, required=False)


class ListImportsView(UploadView):
    """`POST /blacklist/imports`."""

    roles = {"POST": _ROLES}
    body = ListBody
    links = {
        "POST": {
            "readImport": to("get_blacklist_imports_id", import_id=ID),
            "readRows": to("get_blacklist_imports_id_rows", import_id=ID),
            "submitImport": to("post_blacklist_imports_id_submit", import_id=ID),
        }
    }
    answers = {"POST": {201: ListImportAnswer, 200: ListImportAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        row, is_new = upload_list(
            principal=caller, sent=data["file"], dry_run=data["dry_run"] == "true", form=data.get("format")
        )
        transaction.on_commit(wake_lists)
        return 201 if is_new else 200, list_answer(row)


class ListTemplateQuery(StrictSerializer):
    """The form of the template."""

    format = serializers.ChoiceField(choices=[each.value for each in TemplateForm])


class ListTemplateView(FileView):
    """`GET /blacklist/imports/template`: an empty list with Chinese headings, in the order of docs/lists.md."""

    roles = {"GET": _ROLES}
    query = ListTemplateQuery
    media_types = tuple(MEDIA_TYPES[each] for each in TemplateForm)

    def send(self, caller: Caller, query: dict[str, Any], **path: Any) -> File:
        form = TemplateForm(query["format"])
        return File(f"list-template.{form}", MEDIA_TYPES[form], template({SHEET: COLUMNS}, form).read())


class ListImportView(ContractView):
    """`GET /blacklist/imports/{id}`."""

    roles = {"GET": _ROLES}
    answers = {"GET": {200: ListImportAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> dict[str, Any]:
        return list_answer(LISTS.get(path_id(path["import_id"])))


class ListRowsView(ContractView):
    """`GET /blacklist/imports/{id}/rows`."""

    roles = {"GET": _ROLES}
    query = ListRowsQuery
    answers = {"GET": {200: ListRowsAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> dict[str, Any]:
        row = LISTS.get(path_id(path["import_id"]))
        outcome = ListOutcome(query["outcome"]) if "outcome" in query else None
        remark = query.get("remark", "")
        return places(
            query,
            BEGINNING,
            lambda after, limit: rows_page(row.id, outcome, remark=remark, after=after, limit=limit),
            _row_answer,
        )


class ListSubmitView(ContractView):
    """`POST /blacklist/imports/{id}/submit`."""

    roles = {"POST": _ROLES}
    links = {"POST": PROPOSED | {"undoImport": to("post_blacklist_imports_id_undo", import_id=ID)}}
    answers = {"POST": {200: ProposedListAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        row, approval = propose_list(principal=caller, import_id=path_id(path["import_id"]))
        return 200, list_answer(row, ProposedListAnswer, approval_id=approval.id)


class ListUndoView(ContractView):
    """`POST /blacklist/imports/{id}/undo`."""

    roles = {"POST": _ROLES}
    links = {"POST": PROPOSED}
    body = ListUndoBody
    answers = {"POST": {200: ProposedListAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        draft = RevocationDraft(**({"revoked_on": shanghai_day(bank_now())} | data))
        row, approval = propose_undo(principal=caller, import_id=path_id(path["import_id"]), draft=draft)
        return 200, list_answer(row, ProposedListAnswer, approval_id=approval.id)


def list_answer(row: ListImport, kind: type[ListImportAnswer] = ListImportAnswer, **given: Any) -> dict[str, Any]:
    """Return an import as the API shows it."""
    at = bank_now()
    status = status_of(row, at)
    return kind.of(
        row,
        status=_SHOWN.get(status, status),
        counts={**counts_of(row), "remarks": remark_counts(row)} if row.staged_at else None,
        touches={each.value: count for each, count in touches_of(row).items()} if row.staged_at else None,
        progress=progress_of(row, at),
        **given,
    )


def _row_answer(each: ListRowOutcome) -> dict[str, Any]:
    touched = TouchedAnswer.of(**{kind.value: each.touches.get(kind, []) for kind in TouchKind})
    return ListRowAnswer.of(each, detail=text(each.zh, each.en), touches=touched)
