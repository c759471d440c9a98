"""Who may do what: permissions by role, API keys, and passwords.

Imported by the frames and by every operation that a caller asks for.
"""
