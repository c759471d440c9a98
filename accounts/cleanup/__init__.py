"""The clean-up of stock (存量清理): cases of customers who exceeded a limit before it applied, and what is done about each.

A campaign records who exceeds a limit at one instant. Its cases are worked at the desk and over the API until no excess
remains; its return is what the bank reports.
"""
