"""Addresses of the desk pages of this app."""

from django.urls import URLPattern, path

from blacklist.appeals.desk import pages as appeals
from blacklist.desk import correction, due, entry, register, revocation, screening, unmask
from blacklist.imports.desk import pages as lists
from blacklist.imports.desk import undo as list_undo

urlpatterns: list[URLPattern] = [
    path("certificates", register.register, name="certificates"),
    path("certificates/due", due.due, name="certificates-due"),
    path("certificates/new", entry.new, name="certificate-new"),
    path("certificates/new/check", entry.check, name="certificate-check"),
    path("certificates/new/row", entry.row, name="certificate-row"),
    path("certificates/person", register.by_person, name="certificates-of-person"),
    path("certificates/<uuid:certificate_id>", register.detail, name="certificate"),
    path("certificates/<uuid:certificate_id>/masked", unmask.masked, name="certificate-masked"),
    path("certificates/<uuid:certificate_id>/unmask", unmask.unmask, name="certificate-unmask"),
    path("certificates/<uuid:certificate_id>/correction", correction.correct, name="certificate-correct"),
    path("certificates/<uuid:certificate_id>/correction/fill", correction.fill, name="certificate-fill"),
    path("certificates/<uuid:certificate_id>/revocation", revocation.revoke, name="certificate-revoke"),
    path("certificates/<uuid:certificate_id>/appeal", appeals.record, name="appeal-new"),
    path("appeals/<uuid:appeal_id>", appeals.move, name="appeal"),
    path("appeals/<uuid:appeal_id>/attachments", appeals.attach, name="appeal-attach"),
    path("appeals/attachments/<uuid:scan_id>", appeals.attachment, name="appeal-attachment"),
    path("lists", lists.lists, name="lists"),
    path("lists/new", lists.list_new, name="list-new"),
    path("lists/<uuid:list_id>", lists.list_import, name="list-import"),
    path("lists/<uuid:list_id>/act", lists.list_act, name="list-act"),
    path("lists/<uuid:list_id>/undo", list_undo.list_undo, name="list-undo"),
    path("lists/<uuid:list_id>/refused", lists.list_refused, name="list-refused"),
    path("screening", screening.screening, name="screening"),
]
