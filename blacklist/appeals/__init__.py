"""Appeals of certified persons (申诉): recorded, passed on to the authority, answered; a revocation may rest on one that is upheld.

A wing of blacklist: it imports the core, and the core asks it for what it adds (`config.kernel.wings`).
"""
