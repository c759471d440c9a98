"""`manage.py case_subjects`: whom certificates of case accounts in force name who holds none of the accounts."""

from typing import Any

from django.core.management.base import BaseCommand

from blacklist.operations.case_holders import case_holders
from blacklist.queries.certificates import certificates
from blacklist.vocabulary import Category, CertificateStatus

_PIECE = 200


class Command(BaseCommand):
    """Name, for whoever informs them, the subjects that earlier versions suspended and this one does not (涉案认定书所列非开户人)."""

    help = "List certificates of case accounts in force that name subjects who hold none of the named accounts."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line for each such subject, the name masked, and how many there are."""
        count = 0
        in_force = certificates().filter(category=Category.CASE_ACCOUNT, status=CertificateStatus.IN_FORCE)
        for row in in_force.order_by("pk").iterator(chunk_size=_PIECE):
            for each in case_holders(row):
                if not each.is_suspended:
                    count += 1
                    self.stdout.write(f"{row.id} {row.doc_no} {each.name}")
        self.stdout.write(f"{count} subjects are not restricted by a certificate that names them.")
