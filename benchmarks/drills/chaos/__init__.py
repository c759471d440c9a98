"""A bank under faults: traffic, what breaks, what was seen, and whether it was as promised."""

#: The exit code of a run in which no promise was broken and a named situation did not come about.
NOT_MET = 4
