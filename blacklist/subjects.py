"""How an account is written where it is listed.

A certified person is often not a customer yet, and a case account often another bank's: nothing here
refers to a customer or an account of ours.
"""

#: How this bank's own accounts are written among case accounts.
THIS_BANK = ""
