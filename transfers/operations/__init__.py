"""What is done to transfers, each in one transaction."""
