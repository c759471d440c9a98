"""Rules of accounts, cards, identity and money: pure functions of facts."""
