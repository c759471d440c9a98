"""Parts of a request: fields and documents, idempotency key, drafts and saved filters.

Used by the frames, by the API and desk of each app, and by operations that carry out a request.
"""
