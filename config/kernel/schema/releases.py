"""The last migration of each application in each version; `go_back` takes a database back to one of them.

A version has one row for all its patches (1.0 for 1.0.0, 1.0.1 …), since a patch brings no migration.
"""

from collections.abc import Mapping

LAST_MIGRATIONS: Mapping[str, Mapping[str, str]] = {
    "1.0": {
        "kernel": "0001_first_version",
        "blacklist": "0001_initial",
        "accounts": "0001_initial",
        "transfers": "0001_initial",
    },
    "1.1": {
        "kernel": "0004_approval_numbers",
        "blacklist": "0002_sentences",
        "accounts": "0008_statement",
        "transfers": "0006_fraud_warnings",
    },
}
