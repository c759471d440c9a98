"""Who somebody is, on paper (身份): documents, names, phones, cards and masks.

Everything in this package is a pure function over strings and dates: no
database, no clock, no settings, no Django. The day a number is judged on is
always an argument.

- ``documents``: read a document into one identity per person.
- ``within``: a citizen number inside another document's number.
- ``names``: compare names, and tidy them for people to read.
- ``phones``: one written form per phone.
- ``cards``: the Luhn digit of the cards this bank issues.
- ``account_numbers``: the one form in which accounts are compared.
- ``masking``: what may be shown of any of these.
"""
