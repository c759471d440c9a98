"""The timeline of a customer in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.queries.cards import Lapsed
from accounts.queries.course import Certified, Still
from accounts.queries.timeline import Checked, Decided, Happened
from accounts.refusals.restricted import also_text
from accounts.vocabulary import CheckMethod, CheckResult
from accounts.vocabulary import DecisionKind as AccountDecisionKind
from accounts.vocabulary.losses import LossKind
from blacklist.vocabulary import RestrictionCause
from config.frames.desk.labels import value_word
from config.kernel.approvals.answers import Tone
from config.kernel.law.text import Text, text
from config.kernel.requests.document_types import document_word
from config.kernel.trail.decisions import kind_text
from config.kernel.trail.unmasking import DecisionKind, LookReason

#: What becomes of a provisional stop: begun, over.
_STOP = Text("临时止付", "Provisional stop"), Text("临时止付结束（复核已决定）", "Provisional stop ended: decided")
#: As its proposals and decisions are called.
REVERIFICATION = "reverification"


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the timeline.

    :ivar outcome: what came of it, in a word; `tone` tints it.
    :ivar more: what else there is to know, in words.
    :ivar still: what went on when this ended.
    :ivar certificate_id: of the certificate that this is about; likewise the decision, for whoever reads those.
    """

    id: UUID
    at: datetime
    what: str
    outcome: str
    tone: Tone
    who: str
    more: str = ""
    amount_fen: int | None = None
    code: str = ""
    clause: str = ""
    still: str = ""
    certificate_id: UUID | None = None
    decision_id: UUID | None = None


def happening(line: Happened) -> Happening:
    """Return a line of the timeline as a page shows it."""
    match line:
        case Checked():
            return _checked(line)
        case Certified():
            return _certified(line)
        case Lapsed():
            return Happening(
                id=line.id,
                at=line.at,
                what=text("口头挂失到期失效", "Loss report by word over"),
                outcome=text("未补办正式挂失", "Not made formal"),
                tone=Tone.OVER,
                who="",
            )
        case _:
            return _decided(line)


def still_told(still: Iterable[Still] | None) -> str:
    """Return what still stands after something ended, empty where nothing did.

    :param still: as the timeline keeps it.
    """
    if still is None:
        return ""
    told = [str(also_text(each)) for each in still]
    if not told:
        return text("当时已无其他限制。", "No other restriction stood then.")
    return text("当时仍在执行：", "Still in force then: ") + text("；", "; ").join(told) + text("。", ".")


def _decided(line: Decided) -> Happening:
    reason = line.facts.get("reason") if line.kind == DecisionKind.UNMASK else None
    return Happening(
        id=line.id,
        at=line.at,
        what=kind_text(line.kind),
        outcome=line.answer.text,
        tone=line.answer.tone,
        who=line.who,
        more=LookReason.word(reason) if reason else _told(line) or line.rejection or _submission(line),
        amount_fen=line.facts.get("amount_fen"),
        code=line.code,
        clause=line.clause,
        still=still_told(line.still),
        decision_id=line.id,
    )


#: What becomes of a certificate: by whether it is over, and whether that is by a correction.
_CERTIFIED = {
    (False, False): Text("认定书生效", "Certificate in force"),
    (False, True): Text("认定书更正生效", "Corrected certificate in force"),
    (True, False): Text("撤销认定", "Certificate revoked"),
    (True, True): Text("认定书更正，不再列明", "Certificate corrected; not named any more"),
}


def _certified(line: Certified) -> Happening:
    over = line.revoked
    what = _STOP[over] if line.cause is RestrictionCause.PROVISIONAL else _CERTIFIED[over, line.corrected]
    return Happening(
        id=line.id,
        at=line.at,
        what=str(what),
        outcome=RestrictionCause.word(line.cause),
        tone=Tone.OVER if line.revoked else Tone.BAD,
        who=line.certificate.authority,
        more=line.certificate.doc_no,
        still=still_told(line.still) if line.revoked else "",
        certificate_id=line.certificate_id,
    )


def _submission(line: Decided) -> str:
    return text("提交复核", "Submission") if line.answer.submission else ""


def _told(line: Decided) -> str:
    """Return how and until when a card was reported lost, until when an account was frozen, a document was and is valid, what a customer told, or how somebody was identified anew."""
    if line.kind == REVERIFICATION and "method" in line.facts:
        told = CheckMethod.word(line.facts["method"])
        return " · ".join(filter(None, (told, line.rejection or _submission(line))))
    if line.kind == AccountDecisionKind.REPORT_CARD_LOST and "loss_kind" in line.facts:
        end = value_word("until", line.facts["until"]) if "until" in line.facts else ""
        return " · ".join(filter(None, (LossKind.word(line.facts["loss_kind"]), end)))
    if line.kind == AccountDecisionKind.PLACE_FREEZE and "until" in line.facts:
        return value_word("until", line.facts["until"])
    if line.kind == AccountDecisionKind.TELL_PARTICULARS and "told" in line.facts:
        return value_word("told", line.facts["told"])
    if line.kind != AccountDecisionKind.RENEW_DOCUMENT:
        return ""
    no_end = text("长期", "no expiry")
    before, now = (line.facts.get(each) or no_end for each in ("old_valid_until", "valid_until"))
    return f"{document_word(line.facts.get('document_type', ''))}: {before} → {now}"


def _checked(line: Checked) -> Happening:
    return Happening(
        id=line.id,
        at=line.at,
        what=text("身份核查", "Identity check"),
        outcome=CheckResult.word(line.result),
        tone=Tone.GOOD if line.result == CheckResult.MATCH else Tone.BAD,
        who=line.who,
        more=CheckMethod.word(line.method),
    )
