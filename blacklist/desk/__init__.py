"""The desk pages of this app."""
