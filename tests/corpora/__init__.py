"""Small files of every kind, made by code, and what independent judges say of them."""
