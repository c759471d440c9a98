"""One list at a time (同时只处理一份名单): two at once would each take the other's papers for new ones."""

from contextlib import AbstractContextManager

from blacklist.imports.refusals import ListImportBusy
from config.kernel.database.sets import one_at_a_time

#: Session advisory lock of imports of lists.
ONE_LIST = 0x6C697374


def one_list() -> AbstractContextManager[None]:
    """Hold the lock of imports of lists on this session.

    :raises ListImportBusy: while another session has it.
    """
    return one_at_a_time(ONE_LIST, ListImportBusy)
