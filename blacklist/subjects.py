"""How an account is written where it is listed.

A certified person is often not a customer yet, and a case account often another bank's: nothing here
refers to a customer or an account of ours.
"""

#: How this bank's own accounts are written among case accounts.
THIS_BANK = ""


def account_reference(account_number: str, bank_code: str) -> tuple[str, str]:
    """Return an account as case accounts are compared: letters without case (涉案账号).

    :param bank_code: the bank's code; empty for this bank.
    """
    return account_number.upper(), bank_code.upper()
