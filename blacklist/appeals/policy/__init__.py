"""The rules of appeals."""
