"""The classes behind `with_raw_response`, all generated."""
