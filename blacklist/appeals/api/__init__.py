"""API of appeals."""
