"""OpenAI's own tests, run with OpenAI's plain client and with the clients that this package hands out."""
