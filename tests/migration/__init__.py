"""The calls of the official SDK's users. A package, because it has a `conftest.py` of its own."""
