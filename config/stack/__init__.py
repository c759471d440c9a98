"""Programs around Django on one machine: PostgreSQL, Valkey, and the processes of a demo; also build tools.

Standard library only: no module may import Django, so that the servers run before the settings are read.
"""
