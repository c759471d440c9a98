"""Imports of lists in the contract."""
