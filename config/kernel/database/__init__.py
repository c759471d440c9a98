"""Access to PostgreSQL: statements, round trips, transactions, locks, ids, the bank's clock, bulk work.

Used by the operations and queries of every app, and by the kernel's other folders. It knows no table of an app.
"""
