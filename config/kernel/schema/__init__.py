"""Changes of the schema: SQL files, operations of migrations that wait for nobody, months, grants.

Imported by migrations, by commands of the tables' owner, and by `integrity`.
"""
