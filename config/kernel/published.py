"""Tables and functions of the kernel that other packages may read in SQL, each with the reason.

No other package writes them. For all other data, packages call the kernel's queries.
"""

from collections.abc import Mapping

PUBLISHED: Mapping[str, str] = {
    "bank_now": "The bank's clock, for comparisons inside a statement.",
    "kernel_append_only": "The trigger function of every table of evidence.",
    "kernel_approval": "The proof compares the entry into force of a certificate with its approval.",
    "kernel_decision": "The proof compares transfers, cards, freezes and certificates with their decisions.",
    "kernel_principal": "The name of the principal who acted, for the rows of a list.",
    "kernel_restore": "The claim of due transfers finds none while a restore is unconfirmed.",
    "uuidv7": "The id of a row that a statement inserts.",
}
