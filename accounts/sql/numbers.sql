-- The sequences behind the numbers of accounts and cards. The numbers themselves are mixed, so that none tells the next.

CREATE SEQUENCE accounts_account_number;
CREATE SEQUENCE accounts_card_number;
