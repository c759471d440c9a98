"""API of transfers."""
