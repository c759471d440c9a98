"""The database as Django sees it: its own PostgreSQL backend, with statements that travel with the next round trip."""
