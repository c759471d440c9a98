"""Drills (演练): a bank of a sandbox is broken or moved to other servers under traffic, and judged afterwards."""
