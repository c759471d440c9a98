"""Identity data (身份): documents, names, phones, cards and masks.

Everything in this package is a pure function over strings and dates: no database, no clock, no settings, no
Django. The day on which a number is judged is always an argument.

- ``documents``: read a document into one identity per person.
- ``names``: compare names, and write them in a form for people.
- ``phones``: one written form per phone number.
- ``cards``: the Luhn digit of the cards that this bank issues.
- ``account_numbers``: the form in which accounts are compared.
- ``masking``: masks for all of these.
"""
