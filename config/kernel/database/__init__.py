"""PostgreSQL: statements and round trips, transactions, locks, ids, the bank's clock, work on sets and in pieces.

Imported by operations and queries of every app, and by the kernel's folders above. It knows no table of an app.
"""
