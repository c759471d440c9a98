"""Registration of certificates from a list (名单导入): upload, check, approve, register, and undo.

Each list is approved by two persons, and can be undone as a whole. This is a wing of blacklist: it imports the core,
and the core asks it for what it adds (`config.kernel.wings`).
"""
