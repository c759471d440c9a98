"""Permissions by role, API keys and passwords: which caller may do what.

Used by the frames and by every operation that a caller requests.
"""
