"""What a migration writes into a database is settled once it is out: no edit of the code it imports changes it."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import migrations
from django.db.migrations.loader import MigrationLoader

from tests.architecture.test_online_migrations import APPS, operations_of

#: The digest of each migration's own SQL, there and back. A new migration gets its line when the next one follows.
SETTLED = {
    "accounts 0001_initial": "2cc915c33d969882",
    "accounts 0002_same_customer": "9bc4527f4dde6bd3",
    "accounts 0003_legal_representative": "79fa989a596b5454",
    "accounts 0004_external_accounts_compared": "09fdedc64a5dd939",
    "accounts 0005_entries_checked_in_sets": "101b29e6b3d2e89c",
    "accounts 0006_kept": "136cebc1716b22ef",
    "accounts 0007_references_in_one_walk": "353473ee6e69d85f",
    "accounts 0008_search_path": "439670561bcc8bea",
    "accounts 0009_balance_limit": "45da13e74335cace",
    "accounts 0010_bank_codes": "89d095516aab1646",
    "accounts 0011_stock_days": "91a2791894cd6fb9",
    "accounts 0013_proposals": "3fc5c68045e7052a",
    "accounts 0014_money_moves_with_entries": "fed8b88131c348dc",
    "accounts 0015_sealed": "639e2bfa80e29481",
    "accounts 0017_agents_are_persons": "64fa623483f329d2",
    "accounts 0018_guardians_and_entitlements": "f77a60e5977c3461",
    "accounts 0019_identified_anew": "5c8806bd5234a98f",
    "accounts 0020_document_renewals": "98a573759960ef4c",
    "accounts 0021_same_person": "ddc16ee60b7750eb",
    "accounts 0022_customers_merged": "4024926549ce66bc",
    "accounts 0023_possible_same": "61a124af698b061e",
    "accounts 0024_close_outs": "464e750e3d05f0fc",
    "accounts 0025_name_changes": "cd9ad12297fc0dbc",
    "accounts 0026_withdrawals": "f424cf9a3d2813a1",
    "accounts 0027_cleanup": "220c15aa74fe1b44",
    "accounts 0028_stock_dates": "e414273f82e0834e",
    "accounts 0029_stock_imports": "f5e7bc5f3aec0a8d",
    "accounts 0030_cleanup_actions": "8fb7c39416bceb9f",
    "accounts 0031_cleanup_campaign": "784202ab0505e0c6",
    "accounts 0033_letters": "bf093691f03e2014",
    "accounts 0034_references_in_sets": "fda5f510a876d49a",
    "accounts 0035_own_rows_unlocked": "b6235b1e3b0b1ef7",
    "accounts 0038_handed_out": "53765d6ee71c02e2",
    "accounts 0039_cash_boxes": "a6bbd5b8f2c73295",
    "accounts 0041_conflict_reviews": "0d76a4074f08a4c4",
    "accounts 0042_losses_and_particulars": "1a408a9e6708a67e",
    "accounts 0043_told_later": "7655757d74739df5",
    "accounts 0045_accounts_begin_beside_entries": "a0e15dd0d9d14088",
    "blacklist 0002_moves": "69bc1aab2f261b1e",
    "blacklist 0003_kept": "b5f6adaf13bca3e7",
    "blacklist 0004_search_path": "f456e47b1e236296",
    "blacklist 0006_proposals": "c18e3b341954ef5c",
    "blacklist 0007_named_before_proposed": "d09f3dc557d0628b",
    "blacklist 0009_regimes": "024bf8b684d12cdc",
    "blacklist 0010_subjects_matched": "59b8314ac2d90d3a",
    "blacklist 0011_back_from_regimes": "748a7fd3057dff9d",
    "blacklist 0012_imports": "5dd498bd1945605f",
    "blacklist 0013_life": "0d9b66e640ee10f6",
    "blacklist 0014_corrections": "4e4b7b4131be4bc3",
    "blacklist 0015_appeal_papers": "802ed136ffa1d018",
    "kernel 0001_initial": "f548463b8923866b",
    "kernel 0004_machines_have_no_user": "418cabcb7701d614",
    "kernel 0005_decisions_stand": "8e9fb57d5dc25bff",
    "kernel 0006_search_path": "51b9d44c0e28dfcb",
    "kernel 0007_key_marks": "26fbe5272cd177b1",
    "kernel 0008_restores": "77c2869c043024c0",
    "kernel 0009_rejected": "b26687ce9f728377",
    "kernel 0010_proposals": "d4b064202c77ec2c",
    "kernel 0011_people": "bacb97bfc7e6b7e2",
    "kernel 0012_administration": "f464e8b948998ba2",
    "kernel 0013_approval_people": "632730c2bab16a4c",
    "kernel 0014_sign_ins": "e5b8c0cd77fd11dc",
    "kernel 0015_approvals_begin_pending": "fdd1f6251eaf299f",
    "kernel 0019_trail": "a7d4cd37b248e29f",
    "kernel 0021_second_factors_stand": "e05dbe2cb11a2c4f",
    "kernel 0023_slips_and_views": "8e31d92e99a00344",
    "kernel 0024_returned": "26f271d48dda75a1",
    "kernel 0026_proofs_and_receipts": "babf6c4ed7e27608",
    "kernel 0027_further_second_factors": "3ed19619b0b75024",
    "kernel 0028_approval_work": "8d44ab3c098987ca",
    "transfers 0001_initial": "fd3141cc4a80c34a",
    "transfers 0002_cheaper_moves": "4bf8b6338024f3b7",
    "transfers 0003_cancel_reason": "f0902e5cfe5d745e",
    "transfers 0005_events_checked_in_sets": "c1c319080f1fada3",
    "transfers 0006_references_in_one_walk": "88d99728b95ada03",
    "transfers 0010_accepted_stands": "ee81b3c2a9744fd4",
    "transfers 0011_vacuum": "7839b3abe56e6dc1",
    "transfers 0013_releases_wait": "58105b03055f2b50",
    "transfers 0015_regimes": "bec2025ba1939e13",
    "transfers 0016_accepted_by_its_rows": "2590717f177b570b",
    "transfers 0017_sealed": "d71b6ce134eb30fc",
    "transfers 0018_parked_return": "1e006653237495e1",
    "transfers 0019_payees_by_card": "1ca32fa345412a90",
    "transfers 0020_held_transfers_of_stock": "f6b5abda71700ec3",
    "transfers 0025_references_in_sets": "d7a24ba60e40ec03",
}  # fmt: skip


def sql_of(migration: Any) -> Iterator[str]:
    """Yield the SQL that a migration brings itself, whatever its line breaks; what models make is Django's."""
    for each in operations_of(migration.operations):
        if isinstance(each, migrations.RunSQL):
            yield from (" ".join(str(text).split()) for text in (each.sql, each.reverse_sql))


def digest(texts: list[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]


def digests() -> dict[str, str]:
    """Return the digests of all migrations with SQL, but those of each app's last."""
    loader = MigrationLoader(None)
    last = set(loader.graph.leaf_nodes())
    return {
        f"{app} {name}": digest(texts)
        for (app, name), migration in sorted(loader.disk_migrations.items())
        if app in APPS
        and (texts := list(sql_of(migration)))
        and ((app, name) not in last or f"{app} {name}" in SETTLED)
    }


def test_an_old_migration_writes_what_it_wrote():
    assert digests() == SETTLED


@pytest.mark.parametrize(("sql", "same"), [("CREATE TABLE a\n  (b int)", True), ("CREATE TABLE a (b bigint)", False)])
def test_line_breaks_are_all_that_may_differ(sql, same):
    def written(text: str) -> str:
        made = migrations.Migration("0001_made", "kernel")
        made.operations = [migrations.RunSQL(text, "DROP TABLE a")]
        return digest(list(sql_of(made)))

    assert (written(sql) == written("CREATE TABLE a (b int)")) is same
