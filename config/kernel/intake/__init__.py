"""Import of files: tables read row by row, and imports that two persons submit and approve.

Used by the imports of stock and of certificates, and by the directory of banks.
"""
