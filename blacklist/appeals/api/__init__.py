"""Appeals in the contract."""
