"""Queries of list imports: progress, outcome of rows, affected objects."""
