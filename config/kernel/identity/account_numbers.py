"""How accounts of any bank are compared (账号): in one written form, letters without case."""


def account_reference(account_number: str, bank_code: str) -> tuple[str, str]:
    """Return an account in the form in which it is kept and compared.

    :param bank_code: the bank's code; empty for this bank.
    """
    return account_number.upper(), bank_reference(bank_code)


def bank_reference(code: str) -> str:
    """Return a bank's code in the one form in which it is kept and compared (行号)."""
    return code.upper()


def same_bank(code: str, other: str) -> bool:
    """Say whether two codes name one bank (行号)."""
    return bank_reference(code) == bank_reference(other)


def outside_bank(code: str, *, own: str) -> str:
    """Return the code of another bank in its one form, empty for this one: its own code says the same as none.

    :param code: as it was given; empty for this bank.
    :param own: this bank's code.
    """
    return "" if same_bank(code, own) else bank_reference(code)
