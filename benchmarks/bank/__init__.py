"""Simulation of machines and counters (模拟): a client of the API, and the proof of its results."""
