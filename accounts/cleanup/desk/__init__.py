"""The clean-up of stock at the desk (存量清理): the inbox, the case page, what is done about each excess."""
