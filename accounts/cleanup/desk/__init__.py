"""The clean-up of stock at the desk (存量清理): the inbox, the case page and the pages of actions."""
