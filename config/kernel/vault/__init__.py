"""Sealed personal data (通告第六条): encryption keys, blind indexes, and changes of keys.

Used by models with sealed fields, by operations and queries that look a sealed value up, and by commands that
change a key.
"""
