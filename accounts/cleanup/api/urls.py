"""Addresses of the API of the clean-up."""

from django.urls import URLPattern, path

from accounts.cleanup.api import campaigns, cases

urlpatterns: list[URLPattern] = [
    path("cleanup/campaigns", campaigns.CampaignsView.as_view()),
    path("cleanup/campaigns/<str:campaign_id>", campaigns.CampaignView.as_view()),
    path("cleanup/campaigns/<str:campaign_id>/seal", campaigns.SealView.as_view()),
    path("cleanup/campaigns/<str:campaign_id>/return", campaigns.ReturnView.as_view()),
    path("cleanup/cases", cases.CasesView.as_view()),
    path("cleanup/cases/assign", cases.AssignView.as_view()),
    path("cleanup/cases/<str:case_id>", cases.CaseView.as_view()),
    path("cleanup/cases/<str:case_id>/actions", cases.ActionsView.as_view()),
    path("cleanup/cases/<str:case_id>/actions/preview", cases.ActionPreviewView.as_view()),
    path("cleanup/cases/<str:case_id>/contacts", cases.ContactsView.as_view()),
    path("cleanup/actions/<str:action_id>/undo", cases.UndoView.as_view()),
]
