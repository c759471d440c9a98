"""Queries on letters to customers: owed letters, issued letters, and their content."""
