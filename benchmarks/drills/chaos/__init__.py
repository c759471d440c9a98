"""A bank under faults: traffic, what breaks, what was seen, and whether it was as promised."""
