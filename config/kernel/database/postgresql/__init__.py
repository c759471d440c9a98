"""Django's PostgreSQL backend with deferred statements, which are sent with the next round trip."""
