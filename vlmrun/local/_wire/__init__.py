"""What all wings share: the API's paths, error responses, timestamps, and records of requests and work.

May import: nothing of vlmrun.local.
"""
