"""Normal form of account numbers of any bank (账号) for comparison; case is ignored."""


def account_reference(account_number: str, bank_code: str) -> tuple[str, str]:
    """Return an account's number and bank code in the form in which they are stored and compared.

    :param bank_code: the bank's code; empty for this bank.
    """
    return account_number.upper(), bank_reference(bank_code)


def bank_reference(code: str) -> str:
    """Return a bank code in the form in which it is stored and compared (行号)."""
    return code.upper()


def same_bank(code: str, other: str) -> bool:
    """Return whether two codes name the same bank (行号)."""
    return bank_reference(code) == bank_reference(other)


def outside_bank(code: str, *, own: str) -> str:
    """Return a bank code in normal form; empty for this bank, also when its own code is given.

    :param code: as entered; empty for this bank.
    :param own: this bank's code.
    """
    return "" if same_bank(code, own) else bank_reference(code)
