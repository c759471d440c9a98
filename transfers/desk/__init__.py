"""Desk pages of transfers."""
