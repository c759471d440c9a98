"""The clean-up of stock, done (存量清理)."""
