"""Desk pages of the register of certificates."""
