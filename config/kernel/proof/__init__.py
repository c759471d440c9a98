"""The proof: invariants of the bank, those of the kernel itself, and recorded runs.

Used by apps that declare invariants and by `config.oversight`, which checks all of them.
"""
