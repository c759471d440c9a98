"""Test whether a database is older than the first version; used by `migrate` and by the demo."""

#: The first migration of the first version. No older database has a migration of this name.
FIRST = ("kernel", "0001_first_version")

#: Run first: without this table the database has never been migrated.
RECORDED = "SELECT to_regclass('public.django_migrations') IS NOT NULL AS recorded"
OLDER = f"""
SELECT EXISTS (SELECT FROM public.django_migrations WHERE app IN ('accounts', 'blacklist', 'kernel', 'transfers'))
   AND NOT EXISTS (SELECT FROM public.django_migrations WHERE app = '{FIRST[0]}' AND name = '{FIRST[1]}') AS older
"""  # noqa: S608 - constants
