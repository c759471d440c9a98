"""Everything a bank needs around Django on one machine: PostgreSQL, Valkey, and the processes of a demo.

Standard library only: nothing here may import Django, so that the servers are up before settings are read.
"""
