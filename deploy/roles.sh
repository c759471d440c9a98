#!/bin/sh
# PostgreSQL's image runs this once, on an empty volume, as the superuser. It creates the role that owns and migrates
# the bank's tables, and the application's role, which owns nothing; `manage.py grant_application` grants its rights.
set -eu

# psql reads the passwords from the environment and quotes them, so they are on no command line and in no log.
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --quiet <<'SQL'
\getenv owner_password BANK_OWNER_PASSWORD
\getenv application_password BANK_APP_PASSWORD
\getenv database POSTGRES_DB
CREATE ROLE bank_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE bank_app LOGIN PASSWORD :'application_password';
ALTER DATABASE :"database" OWNER TO bank_owner;
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
-- The owner may disable its triggers for one transaction: `manage.py reseal` and `reindex` rewrite evidence.
GRANT SET ON PARAMETER session_replication_role TO bank_owner;
-- With these a role without any grant could fill the disk or end the bank's sessions (`WITHHELD` in config/kernel/schema/grants.py).
SELECT format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', oid::regprocedure) FROM pg_proc
WHERE pronamespace = 'pg_catalog'::regnamespace AND proname IN (
  'lo_creat', 'lo_create', 'lo_from_bytea', 'pg_cancel_backend', 'pg_logical_emit_message', 'pg_terminate_backend'
)
\gexec
SQL
