"""Rules of appeals; pure functions."""
