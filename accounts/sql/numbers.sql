-- Sequences behind the numbers of accounts and cards.

CREATE SEQUENCE accounts_account_number;
CREATE SEQUENCE accounts_card_number;
