"""Desk pages of list imports."""
