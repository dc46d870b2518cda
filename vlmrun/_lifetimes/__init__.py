"""Shared instances and their lifetimes: per process, per event loop, after a fork; and the clock of all waiting.

May import: nothing of vlmrun.
"""
