"""What is kept of what was done: decisions with their evidence, scans, who looked and who was refused, receipts and prints.

Imported by the frames and by every operation that decides or shows personal data.
"""
