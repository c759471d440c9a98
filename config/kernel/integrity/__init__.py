"""Whether this database and this process may work: guards, rights, keys and clock; dumps and restores.

Imported by what starts a process, by probes and by commands.
"""
