"""What a request brings: its fields and documents, its idempotency key, drafts and saved filters.

Imported by the frames, by the edges of apps and by operations that carry out a request.
"""
