"""Sheets of a stock import for tests: column headings and one row of each kind."""

from config.kernel.identity.cards import luhn_check_digit

CUSTOMERS = "customer_ref,kind,name,document_type,document_number"
ACCOUNTS = "account_ref,customer_ref,account_number,kind,account_class,opened_on,balance"
CARDS = "card_ref,account_ref,card_number,product,issued_on"
ZHANG = "Z,individual,张三,resident_id,11010519491231002X"
ORGANIZATION = "U,organization,示范有限公司,uscc,91350100M000100Y43"
ONE_CARD = "1,A,6228480000000015,debit,2018-10-16"


def card_number(count: int) -> str:
    """Return a card number of this bank, a different one for each count."""
    body = f"62284800000{count:04d}"
    return body + luhn_check_digit(body)
