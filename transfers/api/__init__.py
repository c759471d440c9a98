"""Transfers over HTTP."""
