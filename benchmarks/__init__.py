"""Laboratories of the bank: made-up traffic, drills and benchmarks, in the checkout and the settings of a sandbox alone.

`bank` acts over the bank's API as machines, counters and offices do; `simulate_atm` starts it. `drills` break a bank under that
traffic and judge it; `generators` make stocks and lists of people who do not exist; `cases` measure. They may import the bank;
the bank imports none of them, and the image has none of them. `python -m benchmarks` starts a bank of its own for one.
"""
