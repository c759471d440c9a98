"""Steps of a certificate's history that come from its list."""

from collections.abc import Iterable, Iterator

from blacklist.desk.history import HistoryStep
from blacklist.imports.queries.lists import source_list_of
from blacklist.models import Certificate, Revocation
from blacklist.vocabulary import RevocationGround
from config.kernel.access.keys import Caller
from config.kernel.approvals.rejections import free_text_for
from config.kernel.law.text import Text


def steps_of(certificate: Certificate, revocations: Iterable[Revocation], caller: Caller) -> Iterator[HistoryStep]:
    """Yield the steps of a certificate that its list caused; steps of its own proposals are elsewhere."""
    brought = source_list_of(certificate)
    if brought is None:
        return
    more = brought.source
    yield HistoryStep(
        certificate.made_at, str(Text("随名单导入登记", "Registered with a list")), certificate.made_by.name, more
    )
    if certificate.in_force_at and not certificate.review_reasons:
        title = str(Text("随名单复核通过，生效", "Approved with the list; in force"))
        yield HistoryStep(certificate.in_force_at, title, brought.approved_by, more, brought.approval_id)
    for each in revocations:
        if each.undoes_id is not None and each.in_force_at:
            ground = RevocationGround(each.ground).text
            title = str(
                Text(
                    f"名单整批撤销（{each.doc_no}，{ground.zh}）", f"Undone with the list ({each.doc_no}, {ground.en})"
                )
            )
            said = free_text_for(caller, "import_undo", {each.made_by_id}, str(each.reason))
            yield HistoryStep(each.in_force_at, title, brought.undone_by, f"{more}\n{said}", brought.undo_id)
