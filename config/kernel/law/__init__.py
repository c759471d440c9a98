"""What the law asks of every app: instruments and clauses, periods, money, refusals, and texts in two languages.

Imported by everything. It imports nothing else of ours and reads no table.
"""
