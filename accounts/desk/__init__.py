"""Desk pages of customers, accounts and cards."""
