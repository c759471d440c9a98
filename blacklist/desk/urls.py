"""URL addresses of the desk pages of the register."""

from itertools import chain

from django.urls import URLPattern, path

from blacklist.desk import correction, entry, register, revocation, screening
from config.kernel.wings import of_wings

urlpatterns: list[URLPattern] = [
    path("certificates", register.register, name="certificates"),
    path("certificates/due", register.due, name="certificates-due"),
    path("certificates/new", entry.new, name="certificate-new"),
    path("certificates/new/check", entry.check, name="certificate-check"),
    path("certificates/new/row", entry.row, name="certificate-row"),
    path("certificates/person", register.by_person, name="certificates-of-person"),
    path("certificates/<uuid:certificate_id>", register.detail, name="certificate"),
    path("certificates/<uuid:certificate_id>/masked", register.masked, name="certificate-masked"),
    path("certificates/<uuid:certificate_id>/unmask", register.unmask, name="certificate-unmask"),
    path("certificates/<uuid:certificate_id>/correction", correction.correct, name="certificate-correct"),
    path("certificates/<uuid:certificate_id>/correction/fill", correction.fill, name="certificate-fill"),
    path("certificates/<uuid:certificate_id>/revocation", revocation.revoke, name="certificate-revoke"),
    path("screening", screening.screening, name="screening"),
    *chain.from_iterable(of_wings("blacklist", "desk.urls", "urlpatterns")),
]
