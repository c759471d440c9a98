"""The frames of the desk, the API and the back office: who is there, and what a page or an answer looks like.

Imported by edges of apps only. No frame knows an app; the frames of desk and API do not know each other.
"""
