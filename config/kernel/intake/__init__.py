"""Files that come in: tables read row by row, scans and pictures.

Imported by the imports of stock and of certificates, and by proposals that keep scans.
"""
