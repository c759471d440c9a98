"""The rules of accounts and money: pure functions of facts."""
