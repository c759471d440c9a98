"""Registering certificates by lists (名单导入): a file is uploaded, checked, approved by two persons, registered and, if need be, undone.

A wing of blacklist: it imports the core, and the core asks it for what it adds (`config.kernel.wings`).
"""
