"""Fitness of the database and the process: guards, rights, keys and clock; backups and restores.

Used at the start of each process, by probes and by commands.
"""
