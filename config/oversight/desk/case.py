"""Evidence of one case as a PDF (案件证据包), offered on the certificate's page.

It contains what the pages show, with the same masks: the certificate, its subjects, its measures with their
clauses, corrections and revocations, appeals, letters with their prints, and each decision with rule, policy
version and facts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any
from uuid import UUID

from django.http import HttpResponseBase
from django.views.decorators.http import require_POST

from blacklist.desk.history import history_of
from blacklist.desk.register import certificate_or_404
from blacklist.desk.subjects import affected_subjects_of, subjects_context
from blacklist.desk.verdict import effects
from blacklist.operations.affected_subjects import ends_of
from blacklist.operations.summaries import unmask_certificate
from blacklist.policy.content import remarks_of
from blacklist.queries.certificates import corrected_by
from blacklist.queries.content import paper_facts
from blacklist.regimes import LegalBasis
from blacklist.vocabulary import RevocationGround
from config.frames.desk.access import desk_page
from config.frames.desk.files import record_export, send_file
from config.frames.desk.labels import NOTHING, field_word, kind_word, value_word
from config.frames.desk.requests import DeskRequest
from config.frames.desk.templatetags.desk import moment
from config.frames.desk.unmasking import reason_of
from config.kernel.access.permissions import Permission, may
from config.kernel.approvals.answers import answers_of
from config.kernel.approvals.rejections import reasons_of
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from config.kernel.law.ends import day_text
from config.kernel.law.text import Text, text
from config.kernel.trail import budgets
from config.kernel.trail.decisions import rule_text
from config.kernel.trail.evidence import scope_of
from config.kernel.trail.receipts import receipt_number
from config.kernel.wings import of_wings
from config.oversight.evidence import DecisionKind, Rule
from config.oversight.queries.evidence import decisions_on

#: Maximum number of decisions in the PDF.
MOST_DECISIONS = 300
_NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class CasePart:
    """A part of the PDF: a heading, and named lines; a line without a name is a plain text."""

    title: str
    lines: tuple[tuple[str, str], ...]


def _parts_of_case(request: DeskRequest, certificate: Any, *, at: datetime, whole: bool) -> list[CasePart]:
    """Return the parts of a case in reading order.

    :param whole: show the subjects unmasked; the view is already recorded.
    """
    revocations = list(certificate.revocations.all())
    corrections = list(certificate.corrections.all())
    after = corrected_by(certificate)
    papers = {certificate.id, *(each.id for each in corrections), *filter(None, (certificate.corrects_id, after))}
    against = [part(certificate.id) for part in of_wings("blacklist", "desk.case_part", "part_of_case")]
    added = [part(papers) for part in of_wings("accounts", "desk.case_part", "part_of_case")]
    rows = (row for _, _, ids in (*against, *added) for row in ids)
    about = {*papers, *(each.id for each in revocations), *rows}
    parts = [
        (Text("认定书", "Certificate"), _paper(certificate)),
        (Text("认定对象与涉案账户", "Subjects and case accounts"), _named(request, certificate, whole)),
        (Text("措施、止日与条款", "Measures, ends and clauses"), _measures(certificate, at)),
        (Text("更正与撤销", "Corrections and revocations"), _lifted(certificate, revocations, corrections, after)),
        *((title, lines) for title, lines, _ in against),
        (Text("经办与复核", "Makers and checkers"), _history(request, certificate, revocations, at)),
        *((title, lines) for title, lines, _ in added),
        (Text("规则判定", "Decisions"), _decisions(about)),
    ]
    return [
        CasePart(text(f"{_NUMERALS[n]}、{title.zh}", f"{n + 1}. {title.en}"), tuple(lines))
        for n, (title, lines) in enumerate(parts)
    ]


def _paper(row: Any) -> Iterable[tuple[str, str]]:
    yield text("编号", "Id"), str(row.id)
    yield text("文书号", "Document number"), row.doc_no
    yield text("状态", "Status"), str(row.get_status_display())
    yield text("认定机关", "Authority"), f"{row.authority_name} · {row.get_level_display()} · {row.region_code}"
    yield text("认定日期", "Certified on"), _day(row.certified_on)
    yield text("接收日期", "Received on"), _day(row.received_on)
    yield text("认定类别", "Category"), str(row.get_category_display())
    yield text("认定依据", "Legal basis"), str(LegalBasis(row.legal_basis).text)
    if row.term_from:
        yield text("文书所载期限", "Term as written"), f"{_day(row.term_from)} - {_day(row.term_to)}"
    if row.sentence_kind:
        served = f", {text('执行完毕', 'served on')} {_day(row.sentence_served_on)}" if row.sentence_served_on else ""
        said = (
            f"{row.get_sentence_kind_display()}, {text('裁判生效', 'effective on')} {_day(row.sentence_effective_on)}"
        )
        yield text("刑罚", "Sentence"), f"{said}{served}"
    for remark in remarks_of(paper_facts(row)):
        yield text("提示", "Remark"), str(remark.text)
    yield text("登记", "Registered"), f"{row.made_by.name} · {moment(row.made_at)}"
    yield text("生效", "In force"), moment(row.in_force_at)
    if row.revoked_at:
        yield text("失效", "Over"), moment(row.revoked_at)
    yield text("内容指纹（HMAC）", "Fingerprint (keyed)"), bytes(row.content).hex()


def _named(request: DeskRequest, certificate: Any, whole: bool) -> Iterable[tuple[str, str]]:
    found = subjects_context(request, certificate, whole=whole)
    for each in found["subjects"]:
        document = each["document"]
        out = (
            text(f"（已撤销 {moment(each['revoked_at'])}）", f" (revoked {moment(each['revoked_at'])})")
            if each["revoked_at"]
            else ""
        )
        yield each["kind"], f"{each['name']} · {value_word('document', document)}{out}"
    for number, bank, kind, revoked_at in found["accounts"]:
        out = text(f"（已撤销 {moment(revoked_at)}）", f" (revoked {moment(revoked_at)})") if revoked_at else ""
        yield text("涉案账号", "Case account"), f"{number} · {bank or kind}{out}"
    for holder in found["holders"]:
        yield text("开户人", "Holder"), str(holder.sentence)
    for hit in found["hits"]:
        yield text("对人的影响", "Whom it affects"), str(hit)


def _measures(certificate: Any, at: datetime) -> Iterable[tuple[str, str]]:
    hits = affected_subjects_of(certificate, at)
    over = text(f"自 {moment(certificate.revoked_at)} 起不再执行", f"over since {moment(certificate.revoked_at)}")
    status = str(certificate.get_status_display())
    yield text("状态", "Status"), f"{status} · {over}" if certificate.revoked_at else status
    for line in effects(paper_facts(certificate), at=at, ends=ends_of(hits) or None):
        yield line.clause, str(line.text)


def _lifted(
    certificate: Any, revocations: Iterable[Any], corrections: Iterable[Any], after: UUID | None
) -> Iterable[tuple[str, str]]:
    if certificate.corrects_id:
        number = certificate.correction_no or text("本行登记有误", "entered wrongly by the bank")
        yield text("更正自", "Corrects"), f"{certificate.corrects_id} · {number}"
    for each in corrections:
        number = each.correction_no or text("本行登记有误", "entered wrongly by the bank")
        status = text("已取代本登记", "has taken its place") if each.id == after else str(each.get_status_display())
        yield text("更正为", "Corrected as"), f"{each.id} · {number} · {status} · {moment(each.in_force_at)}"
    if certificate.renews_id:
        yield text("重新登记自", "Renews"), str(certificate.renews_id)
    for each in revocations:
        ground, part = (
            RevocationGround(each.ground).text,
            text("整份", "whole") if each.whole else text("部分", "in part"),
        )
        parts = (each.doc_no, ground, part, _day(each.revoked_on), each.get_status_display(), each.made_by.name)
        yield (
            text("撤销", "Revocation"),
            " · ".join(map(str, (*parts, text("生效", "in force"), moment(each.in_force_at)))),
        )


def _history(
    request: DeskRequest, certificate: Any, revocations: Iterable[Any], at: datetime
) -> Iterable[tuple[str, str]]:
    for step in history_of(certificate, revocations, caller=request.caller, at=at):
        yield moment(step.at), " · ".join(filter(None, (str(step.what), step.who, str(step.more or ""))))


def _decisions(about: Iterable[UUID]) -> Iterable[tuple[str, str]]:
    found = decisions_on([*about], MOST_DECISIONS + 1)
    reasons, answers = reasons_of(found), answers_of(found)
    for row in found[:MOST_DECISIONS]:
        scope = scope_of(row)
        who = row.principal.name if row.principal else NOTHING
        yield moment(row.at), f"{kind_word(row.kind)} · {answers[row.id].text} {row.code} · {who} · {row.id}"
        rule = f"{rule_text(row.rule)} ({row.rule})" if row.rule else NOTHING
        yield (
            text("规则、条款、版本", "Rule, clause, version"),
            f"{rule} · {row.clause or NOTHING} · {row.policy_version}",
        )
        facts = _facts(row.facts, scope) + ([f"{field_word('reason')}: {reasons[row.id]}"] if row.id in reasons else [])
        if facts:
            yield text("判定依据要素", "Facts"), "; ".join(facts)
    if len(found) > MOST_DECISIONS:
        yield (
            "",
            text(f"仅列前{MOST_DECISIONS}条，其余见 5001。", f"The first {MOST_DECISIONS}; the others are in 5001."),
        )


def _facts(facts: Mapping[str, Any], scope: str) -> list[str]:
    return [f"{field_word(name, scope)}: {value_word(name, value, scope)}" for name, value in facts.items()]


def _day(day: date | None) -> str:
    return str(day_text(day)) if day else NOTHING


@require_POST
@desk_page(Permission.EXPORT_CASE, part=True)
def case_bundle(request: DeskRequest, certificate_id: UUID) -> HttpResponseBase:
    """Send the case as a PDF, masked; unmasked with a reason, if the caller may see the subjects, and recorded."""
    certificate, at = certificate_or_404(certificate_id), bank_now()
    reason = reason_of(request) if may(request.caller, Permission.UNMASK_CERTIFICATE) else None
    if reason is not None:
        budgets.request_unmasking(request, reason=reason, object_id=certificate_id)
        perform(lambda: unmask_certificate(principal=request.caller, certificate_id=certificate_id, reason=str(reason)))
    whole = reason is not None
    facts = {"list": "case", "format": "pdf", "about": str(certificate_id), "whole": whole}
    decision_id = record_export(
        request, DecisionKind.EXPORT, Rule.EXPORT_EVIDENCE, facts=facts, at=at, object_id=certificate_id
    )
    number = receipt_number(decision_id)
    parts = _parts_of_case(request, certificate, at=at, whole=whole)
    head = (
        (text("回执号", "Receipt"), number),
        (text("导出人", "Taken out by"), request.caller.name),
        (text("导出时间", "Taken out at"), moment(at)),
        (text("个人信息", "Personal data"), text("完整", "whole") if whole else text("已遮蔽", "masked")),
        (text("校验", "Check"), text("本文件的 SHA-256 见 5007 导出登记", "The SHA-256 of this file is in 5007")),
    )
    title = text(f"案件证据包 · {certificate.doc_no}", f"Evidence of a case · {certificate.doc_no}")
    foot = text(f"回执号 {number}", f"Receipt {number}")
    # ReportLab is imported only when a PDF is made.
    from config.oversight.desk.case_paper import case_paper

    file = BytesIO(case_paper(parts, title=title, head=head, foot=foot))
    return send_file(
        file, f"case-{certificate_id}", "pdf", rows=sum(len(each.lines) for each in parts), decision_id=decision_id
    )
