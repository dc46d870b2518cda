"""Pictures of predictions: boxes and labels where fields were read, and tables of results for notebooks.

May import: client.exceptions, client.types, _arguments, _inputs, _lifetimes.
"""
