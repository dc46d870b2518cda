"""Everything that depends on openai: its clients, and connections that handle timeouts, long chats, broken responses.

Only `door` imports openai; it raises `DependencyError` if it cannot. Nothing of OpenAI's is patched.

May import: client.exceptions, _arguments, _http, _lifetimes.
"""
