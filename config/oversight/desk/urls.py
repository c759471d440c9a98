"""The addresses of the pages over all apps."""

from django.urls import path

from config.oversight.desk import audit, day_figures, exports, find, home, inbox, several, trail

urlpatterns = [
    path("", home.home, name="home"),
    path("figures", day_figures.day_figures, name="day-figures"),
    path("find", find.find, name="find"),
    path("inbox", inbox.inbox, name="inbox"),
    path("inbox/several", several.several, name="inbox-several"),
    path("inbox/<uuid:approval_id>", inbox.detail, name="approval"),
    path("inbox/<uuid:approval_id>/correct", inbox.correct, name="approval-correct"),
    path("inbox/<uuid:approval_id>/withdraw", inbox.withdraw, name="approval-withdraw"),
    path("decisions", audit.decisions, name="decisions"),
    path("decisions/<uuid:decision_id>", audit.decision, name="decision"),
    path("events", audit.events, name="events"),
    path("trail", trail.trail_page, name="trail"),
    path("exports", exports.export, name="export"),
]
