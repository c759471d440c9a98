"""Tables of this app that apps above may read in SQL, each with the reason; for everything else they call its queries."""

from collections.abc import Mapping

PUBLISHED: Mapping[str, str] = {
    "accounts_account": "A transfer reserves its amount by a trigger, a hold is proved against the held transfers, a delay against whose it was.",
    "accounts_card": "A payee named by the number of a card is proved to be the account that the card is on.",
    "accounts_cardmove": "Until a merge of accounts, a payee's card was on the account that it named then.",
    "accounts_customer": "A delay at a machine is proved against what its customer is.",
    "accounts_customer_at": "A delay is proved against whose the accounts were when it was accepted, merges since left out.",
    "accounts_entry": "A trigger posts a transfer, and each posted one is proved to be exactly one posting.",
    "accounts_externalaccount": "A transfer at once from a machine is proved against the own accounts at other banks.",
    "accounts_freeze": "No transfer is accepted while a freeze stands: proved over all of them.",
    "accounts_internalaccount": "A clearing account is proved to be the sum of the transfers posted to it.",
    "accounts_importbatch": "What came with a load is proved to be older than it, and to name one that was not finished yet.",
    "accounts_same_customer": "Whether an account is the payer's own is said in one place, at acceptance and in the proof.",
    "accounts_stagedaccount": "A held transfer that comes with a load is checked against the account that comes with it.",
    "accounts_stagedcard": "Its payee may be named by the number of a card that comes with the same load.",
    "accounts_stagedcustomer": "Whether its payer is an organization, and whose the payee's account is, the same load says.",
    "accounts_stagedfreeze": "It was not accepted while a freeze of the same load stood.",
}
