"""A failover of a pair of database servers loses no committed data."""

import psycopg

from benchmarks.drills.server_pair import Pair


def test_a_pair_loses_nothing_that_was_committed_and_is_found_where_it_writes(tmp_path):
    with Pair(tmp_path) as pair:
        # The pair's URL is what `DATABASE_URL` takes; libpq reads it alike.
        with psycopg.connect(pair.url) as session:
            session.execute("CREATE TABLE kept AS SELECT 1 AS number")
        pair.fail_over()
        with psycopg.connect(pair.url) as session:
            assert session.execute("SELECT number FROM kept").fetchall() == [(1,)]
            session.execute("INSERT INTO kept VALUES (2)")
