"""Drills (演练): break or move a sandbox bank under traffic, and judge it afterwards."""
