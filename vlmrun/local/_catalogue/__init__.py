"""The domains that the server knows, their built-in schemas, and schemas reduced to the fields of a GraphQL statement.

May import: _wire, _requests, _answers.
"""
