"""The addresses of this wing."""

from django.urls import URLPattern, path

from accounts.cleanup.api import actions, cases

urlpatterns: list[URLPattern] = [
    path("cleanup/campaigns", cases.CampaignsView.as_view()),
    path("cleanup/campaigns/<str:campaign_id>", cases.CampaignView.as_view()),
    path("cleanup/campaigns/<str:campaign_id>/seal", cases.SealView.as_view()),
    path("cleanup/campaigns/<str:campaign_id>/return", cases.ReturnView.as_view()),
    path("cleanup/cases", cases.CasesView.as_view()),
    path("cleanup/cases/assign", cases.AssignView.as_view()),
    path("cleanup/cases/<str:case_id>", cases.CaseView.as_view()),
    path("cleanup/cases/<str:case_id>/actions", actions.ActionsView.as_view()),
    path("cleanup/cases/<str:case_id>/actions/preview", actions.ActionPreviewView.as_view()),
    path("cleanup/cases/<str:case_id>/contacts", cases.ContactsView.as_view()),
    path("cleanup/actions/<str:action_id>/undo", actions.UndoView.as_view()),
]
