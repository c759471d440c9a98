"""Tables and functions of the kernel that other packages may read in SQL, each with the reason.

Nobody else writes them. For all other data, packages call the kernel's queries.
"""

from collections.abc import Mapping

PUBLISHED: Mapping[str, str] = {
    "bank_now": "The bank's clock, for what is compared with it inside a statement.",
    "kernel_append_only": "The trigger function of every table of evidence.",
    "kernel_approval": "A certificate is proved to be in force since its approval.",
    "kernel_decision": "Every transfer, card, freeze and certificate is proved to be what its decision says.",
    "kernel_principal": "Who acted, by name, beside the rows of a list.",
    "kernel_restore": "A claim of due transfers finds none while a restore is unconfirmed, in the same statement.",
    "uuidv7": "The id of a row that a statement itself makes.",
}
