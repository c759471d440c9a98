"""Files that come in: tables read row by row, and the imports that bring them in by two persons.

Imported by the imports of stock and of certificates, and by the directory of banks.
"""
