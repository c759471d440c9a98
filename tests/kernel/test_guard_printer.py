"""The printer of database guards, by whose output two databases are compared."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from config.kernel.database.sql import rows

pytestmark = pytest.mark.django_db


def printed(*words: str) -> list[str]:
    out = StringIO()
    call_command("guards", *words, stdout=out)
    return out.getvalue().splitlines()


def test_each_kind_of_guard_is_printed_in_full():
    lines = printed()
    assert (
        "trigger accounts_entry.accounts_entry_append_only: CREATE TRIGGER accounts_entry_append_only BEFORE DELETE OR UPDATE "
        "OR TRUNCATE ON public.accounts_entry FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only()"
    ) in lines
    assert "constraint accounts_entry.accounts_entry_pkey: PRIMARY KEY (id)" in lines
    assert any(each.startswith("function kernel_append_only(): CREATE OR REPLACE") for each in lines)
    assert any(each.startswith("index ") and ": UNIQUE USING btree" in each for each in lines)
    assert any(each.startswith("column accounts_entry.id: bigint NOT NULL") for each in lines)
    kinds = {each.split(" ", 1)[0] for each in lines}
    assert kinds == {"column", "constraint", "function", "index", "table", "trigger"}


def test_whole_catalogue_includes_objects_that_are_no_guards():
    guards, whole = printed(), printed("--whole")
    assert set(guards) < set(whole)
    kinds = {each.split(" ", 1)[0] for each in set(whole) - set(guards)}
    assert kinds >= {"column", "extension", "index", "partitioning", "sequence"}
    assert any(each.startswith("column ") and "NOT NULL" not in each for each in whole)


def test_printed_guards_are_independent_of_session_settings_and_column_order():
    whole = printed("--whole")
    rows("SET LOCAL search_path = pg_catalog; SET LOCAL timezone = 'Asia/Shanghai'; SET LOCAL datestyle = 'German'")
    rows("CREATE TABLE public.later (one int, two int); DROP TABLE public.later")
    assert printed("--whole") == whole
    assert rows("SHOW datestyle")[0]["DateStyle"] == "German, DMY"


def test_the_order_of_columns_is_not_printed():
    rows("CREATE TABLE twin (one int NOT NULL, two text)")
    first = [each for each in printed("--whole") if "twin" in each]
    rows("DROP TABLE twin; CREATE TABLE twin (two text, one int NOT NULL)")
    assert [each for each in printed("--whole") if "twin" in each] == first
    assert len(first) == 3


def test_a_partition_is_printed_in_the_words_of_its_table():
    of_the_table = [each for each in printed() if each.startswith("trigger kernel_decision.")]
    of_one = [each for each in printed() if each.startswith("trigger kernel_decision_strays.")]
    assert of_the_table
    assert [each.replace("kernel_decision_strays.", "kernel_decision.", 1) for each in of_one] == of_the_table
    assert connection.in_atomic_block
