"""Import of another system's customers, accounts and cards (存量导入).

Files are read and checked, a second person approves, and all rows come into force at once. Another app adds a sheet
of its own with `accounts.stock.operations.register`.
"""
