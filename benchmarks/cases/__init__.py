"""Benchmarks, one command each, with ratios within one run; a wrong result fails, a slow one only warns."""
