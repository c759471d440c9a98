"""Addresses of the desk pages of the clean-up; they contain ids, never a number or a name."""

from django.urls import URLPattern, path

from accounts.cleanup.desk import acts, campaigns, case, correspondence, inbox

urlpatterns: list[URLPattern] = [
    path("cleanup", inbox.cleanup, name="cleanup"),
    path("cleanup/start", campaigns.start, name="cleanup-start"),
    path("cleanup/campaigns/<uuid:campaign_id>", inbox.campaign, name="cleanup-campaign"),
    path("cleanup/campaigns/<uuid:campaign_id>/next", inbox.next_case, name="cleanup-next"),
    path("cleanup/campaigns/<uuid:campaign_id>/assign", inbox.assign, name="cleanup-assign"),
    path("cleanup/campaigns/<uuid:campaign_id>/return", inbox.download, name="cleanup-return"),
    path("cleanup/campaigns/<uuid:campaign_id>/seal", campaigns.seal, name="cleanup-seal"),
    path("cleanup/cases/<uuid:case_id>", case.case, name="cleanup-case"),
    path("cleanup/cases/<uuid:case_id>/take", case.take, name="cleanup-take"),
    path("cleanup/cases/<uuid:case_id>/letter", correspondence.letter, name="cleanup-letter"),
    path("cleanup/cases/<uuid:case_id>/contacts", correspondence.contact, name="cleanup-contact"),
    path("cleanup/cases/<uuid:case_id>/attachments", correspondence.attach, name="cleanup-attach"),
    path("cleanup/attachments/<uuid:attachment_id>", correspondence.attachment, name="cleanup-attachment"),
    path("cleanup/items/<uuid:item_id>/<slug:way>", acts.act, name="cleanup-act"),
    path("cleanup/items/<uuid:item_id>/<slug:way>/effect", acts.effect, name="cleanup-effect"),
    path("cleanup/actions/<uuid:action_id>/undo", acts.undo, name="cleanup-undo"),
]
