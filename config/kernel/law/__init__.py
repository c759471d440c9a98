"""Legal basics for every app: instruments and clauses, periods, money, refusals, and texts in two languages.

Used by all packages. It imports no other package of the bank and reads no table.
"""
