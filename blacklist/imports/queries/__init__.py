"""How far an import of a list is, what becomes of its rows, and whom they touch."""
