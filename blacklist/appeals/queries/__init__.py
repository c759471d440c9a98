"""Queries of recorded appeals."""
