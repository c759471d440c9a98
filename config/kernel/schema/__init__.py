"""Changes of the schema: SQL files, operations of migrations with short locks, months, grants.

Imported by migrations, by commands of the tables' owner, and by `integrity`.
"""
