"""How punctual held transfers are released (到账及时性)."""

from typing import Any

from config.frames.api.views import ContractView
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import ROLES, Permission
from transfers.api import answers
from transfers.api.bodies import WindowQuery
from transfers.queries.punctuality import punctuality_of


class PunctualityView(ContractView):
    """`GET /punctuality`: how late the releases of a window were, and by whom."""

    roles = {"GET": ROLES[Permission.VIEW_PUNCTUALITY]}
    query = WindowQuery
    answers = {"GET": {200: answers.PunctualityAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> dict[str, Any]:
        return answers.punctuality_answer(punctuality_of(query["from"], query["to"]).whole)
