"""Refusals of accounts and cards."""
