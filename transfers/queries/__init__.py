"""Queries of transfers."""
