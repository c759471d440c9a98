"""Letters to customers: what is owed, what was issued, and what a letter says."""
