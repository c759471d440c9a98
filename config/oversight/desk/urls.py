"""URLs of the pages across all apps."""

from django.urls import path

from config.oversight.desk import (
    audit,
    case,
    combined_approvals,
    day_figures,
    exports,
    home,
    inbox,
    proofs,
    punctuality,
    search,
    work,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("figures", day_figures.day_figures, name="day-figures"),
    path("punctuality", punctuality.punctuality, name="punctuality"),
    path("find", search.find, name="find"),
    path("inbox", inbox.inbox, name="inbox"),
    path("inbox/several", combined_approvals.several, name="inbox-several"),
    path("inbox/claim", work.claim_next, name="approval-claim-next"),
    path("inbox/attachments/<uuid:scan_id>", work.attachment, name="approval-attachment"),
    path("inbox/<uuid:approval_id>/claim", work.claim, name="approval-claim"),
    path("inbox/<uuid:approval_id>/put-back", work.put_back, name="approval-put-back"),
    path("inbox/<uuid:approval_id>/comments", work.comment, name="approval-comment"),
    path("inbox/<uuid:approval_id>/attachments", work.attach, name="approval-attach"),
    path("inbox/<uuid:approval_id>", inbox.detail, name="approval"),
    path("inbox/<uuid:approval_id>/correct", inbox.correct, name="approval-correct"),
    path("inbox/<uuid:approval_id>/withdraw", inbox.withdraw, name="approval-withdraw"),
    path("decisions", audit.decisions, name="decisions"),
    path("decisions/<uuid:decision_id>", audit.decision, name="decision"),
    path("events", audit.events, name="events"),
    path("trail", audit.trail_page, {"name": "trail"}, name="trail"),
    path("trail/sign-ins", audit.trail_page, {"name": "sign_ins"}, name="sign-ins"),
    path("trail/looks", audit.trail_page, {"name": "looks"}, name="looks"),
    path("proof", proofs.proof, name="proof"),
    path("proof/ask", proofs.proof_ask, name="proof-ask"),
    path("proof/<uuid:run_id>", proofs.proof_run, name="proof-run"),
    path("certificates/<uuid:certificate_id>/evidence", case.case_bundle, name="case-bundle"),
    path("receipts", audit.receipts, name="receipts"),
    path("exports", exports.export, name="export"),
]
