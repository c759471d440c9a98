"""Records of acts: decisions with evidence, the audit trail, scans, export receipts, prints.

Used by the frames and by every operation that decides or shows personal data.
"""
