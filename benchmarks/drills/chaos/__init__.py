"""Run of a bank under faults: traffic, faults, observations, and the verdict on the promises."""
