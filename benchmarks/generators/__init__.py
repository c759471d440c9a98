"""Make up the stock of a bank (存量模拟): people, accounts, cards, and what is wrong with some of them.

Pure, and told by a seed alone: the same seed makes the same rows. Nothing here is of a living person or of any data set.
"""
