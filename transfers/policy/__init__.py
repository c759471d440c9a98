"""The rules of transfers: pure functions of facts."""
