"""The clean-up of stock (存量清理): customers beyond a limit since before it bound, their cases, and what is done about each.

A campaign freezes who is beyond a limit at one instant; its cases are worked at the desk and over the API until nothing
remains, and its return is what the bank reports.
"""
