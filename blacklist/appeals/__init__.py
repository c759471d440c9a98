"""Appeals of certified persons (申诉): recorded, forwarded to the authority and answered.

A revocation may name an upheld appeal as its ground. This is a wing of blacklist: it imports the core, and the core
asks it for what it adds (`config.kernel.wings`).
"""
