"""The one door to openai: OpenAI's own clients over connections that see to timeouts, long chats and broken answers.

Only `door` imports openai, and raises `DependencyError` where it cannot. Nothing of OpenAI's is patched or wrapped.

May import: client.exceptions, _arguments, _http, _lifetimes.
"""
