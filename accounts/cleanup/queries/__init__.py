"""The clean-up of stock, read (存量清理)."""
