"""Desk pages of appeals."""
