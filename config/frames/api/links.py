"""Links in the OpenAPI document: how values of an answer are used in the next call.

A program that follows the document, such as a fuzzer, gets from a customer to the account, the card and the
transfer.
"""

from typing import Any

#: The id of the created object.
ID = "$response.body#/id"


def to(operation: str, body: dict[str, Any] | None = None, **path: str) -> dict[str, Any]:
    """Return the link to an operation.

    :param operation: its `operationId`.
    :param body: the known part of its body; a text that begins with `$response` refers to a part of the answer, with
        `$request` to a part of the request.
    :param path: the parameters of its path or query, in the same way.
    """
    link: dict[str, Any] = {"operationId": operation}
    if path:
        link["parameters"] = path
    if body:
        link["requestBody"] = body
    return link


#: The cursor of the next page of a list.
NEXT = "$response.body#/next"


def list_links(operation: str, read: str, parameter: str) -> dict[str, Any]:
    """Return the links of a list: to its first item, and to its next page.

    :param operation: the list's.
    :param read: the operation that reads one item, by `parameter`.
    """
    return {
        "readFirst": {"operationId": read, "parameters": {parameter: "$response.body#/results/0/id"}},
        "nextPage": to(operation, cursor=NEXT),
    }


#: Links from the answer to a submitted proposal: to read, decide and withdraw it.
PROPOSED = {
    name: to(operation, approval_id="$response.body#/approval_id")
    for name, operation in {
        "readApproval": "get_approvals_id",
        "approve": "post_approvals_id_approve",
        "reject": "post_approvals_id_reject",
        "return": "post_approvals_id_return",
        "withdraw": "post_approvals_id_withdraw",
    }.items()
}
