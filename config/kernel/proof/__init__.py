"""The proof: what must always be true, the kernel's own part of it, and runs that are kept.

Imported by apps that state an invariant and by `config.oversight`, which asks all of them.
"""
