"""Simulated traffic, drills and benchmarks for the bank; they run only from a checkout, in a sandbox.

`bank` is a client of the API that acts as machines, counters and offices; `simulate_atm` starts it. `drills` break a
bank under this traffic and judge it. `generators` write stocks and lists of made-up people. `cases` are the
benchmarks. They may import the bank; the bank imports none of them, and the image contains none. `python -m
benchmarks` starts a temporary bank for one of them.
"""
