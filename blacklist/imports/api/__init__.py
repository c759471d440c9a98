"""API of list imports."""
