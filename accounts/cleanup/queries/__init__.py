"""Queries of the clean-up of stock (存量清理)."""
