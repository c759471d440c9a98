"""URLs of proposals in the API."""

from django.urls import path

from config.oversight.api.approvals import (
    ApprovalsView,
    ApprovalView,
    ApproveView,
    RejectView,
    SendBackView,
    WithdrawView,
)
from config.oversight.api.work import (
    ApprovalAttachmentsView,
    ApprovalAttachmentView,
    ClaimView,
    CommentsView,
    PutBackView,
)

urlpatterns = [
    path("approvals", ApprovalsView.as_view()),
    path("approvals/<str:approval_id>", ApprovalView.as_view()),
    path("approvals/<str:approval_id>/approve", ApproveView.as_view()),
    path("approvals/<str:approval_id>/reject", RejectView.as_view()),
    path("approvals/<str:approval_id>/return", SendBackView.as_view()),
    path("approvals/<str:approval_id>/withdraw", WithdrawView.as_view()),
    path("approvals/<str:approval_id>/claim", ClaimView.as_view()),
    path("approvals/<str:approval_id>/put-back", PutBackView.as_view()),
    path("approvals/<str:approval_id>/comments", CommentsView.as_view()),
    path("approvals/<str:approval_id>/attachments", ApprovalAttachmentsView.as_view()),
    path("approvals/<str:approval_id>/attachments/<str:attachment_id>", ApprovalAttachmentView.as_view()),
]
