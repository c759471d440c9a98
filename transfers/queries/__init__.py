"""What is asked of transfers without changing them."""
