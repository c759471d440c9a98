"""Each writer of listings and of customers' keys has an operation whose locks are tested."""

from pathlib import Path

from tests.architecture.writers import NO_WRITERS, WRITERS, found, found_in
from tests.concurrency.test_required_locks import OPERATIONS


def test_every_writer_has_an_operation_that_is_tested():
    assert found() == WRITERS.keys() | NO_WRITERS
    assert {name for names in WRITERS.values() for name in names} == OPERATIONS.keys()


def test_whatever_way_a_writer_writes_it_is_found():
    for source in (
        "def give(key):\n    Identity.objects.create(key=key)",
        "def give(key):\n    return Identity(key=key)",
        "def free(ids):\n    found = Certificate.objects.filter(pk__in=ids)\n    found.update(status='revoked')",
        "def free(row):\n    row.certificate.subjects.all().delete()",
        "def free(row):\n    rows(f'UPDATE blacklist_certificate SET status = {row}')",
        "def end(row):\n    Document.put_in_force(row, at)",
        "class Freeing:\n    def free(self):\n        Revocation.objects.bulk_create([])",
    ):
        assert len(found_in(source)) == 1, source
    assert found_in('LISTED = """\nINSERT INTO blacklist_caseaccount (id) SELECT 1"""') == {"LISTED"}
    assert found_in("def look(key):\n    return Identity.objects.get(key=key)") == set()


def test_one_function_excludes_the_decisions_about_subjects():
    sources = (
        path for package in ("accounts", "blacklist", "transfers", "config") for path in Path(package).rglob("*.py")
    )
    assert {str(path) for path in sources if "exclusive=True" in path.read_text()} == {
        "config/kernel/database/locks.py"
    }
