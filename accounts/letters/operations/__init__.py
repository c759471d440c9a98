"""Issue letters to customers, print them, and keep how they were delivered."""
