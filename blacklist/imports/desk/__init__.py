"""Imports of lists at the desk."""
