"""Benchmarks: one command each, ratios inside one run; a wrong result fails, a slow one warns."""
