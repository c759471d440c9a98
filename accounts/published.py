"""Tables of this app that apps above may read in SQL, each with the reason; for everything else they call its queries."""

from collections.abc import Mapping

PUBLISHED: Mapping[str, str] = {
    "accounts_account": "A trigger reserves a transfer's amount. Holds are proved against the held transfers, and delays against the account's holder.",
    "accounts_card": "A payee named by the number of a card is proved to be the account that the card is on.",
    "accounts_cardmove": "Until a merge of accounts, a payee's card was on the account that it named then.",
    "accounts_customer": "A delay at a machine is proved against the kind of its customer.",
    "accounts_customer_at": "A delay is proved against the holders of the accounts at the acceptance, without later merges.",
    "accounts_entry": "A trigger posts a transfer, and each posted one is proved to be exactly one posting.",
    "accounts_externalaccount": "A transfer at once from a machine is proved against the own accounts at other banks.",
    "accounts_freeze": "It is proved for all transfers that none was accepted while a freeze was in force.",
    "accounts_internalaccount": "A clearing account is proved to be the sum of the transfers posted to it.",
    "accounts_importbatch": "Imported rows are proved to be older than their import, and to name one that was not finished yet.",
    "accounts_same_customer": "One function decides whether an account is the payer's own, at acceptance and in the proof.",
    "accounts_stagedaccount": "A held transfer that comes with a load is checked against the account that comes with it.",
    "accounts_stagedcard": "Its payee may be named by the number of a card that comes with the same load.",
    "accounts_stagedcustomer": "The same load says whether its payer is an organization, and who holds the payee's account.",
    "accounts_stagedfreeze": "It was not accepted while a freeze of the same load was in force.",
}
