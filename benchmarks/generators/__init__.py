"""Generators of made-up stock (存量模拟): people, accounts, cards, lists, and faults in some rows.

Pure functions of a seed: the same seed gives the same rows. No data of real persons or data sets is used.
"""
