"""Frames of the desk, the API and the back office: authentication, and the form of pages and answers.

Used only by the API and desk packages of apps. A frame knows no app; the frames of desk and API do not know
each other.
"""
