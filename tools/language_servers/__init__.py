"""The language-server gate: what servers say of our accessors is what they say of OpenAI's own client.

    python tools/language_servers.py [--server NAME ...] [--json FILE]

Run it with the interpreter of an environment that holds the wheel, openai, pygls and the servers. It opens pairs of
small files that differ in one expression, `vlmrun_client.agent.completions` against `openai_client.chat.completions`,
asks each server the same questions at the same places of both, and compares the answers. Of our own names, which have
no counterpart, it asks whether the whole docstring is there on hover, whether the options of a call are offered,
whether all public names and no others are, and whether a definition is found in the source.

    places.py     what is asked, and where: the files and the positions in them; pure
    own.py        what is asked about our own names, and what the answer should be, by reflection
    verdicts.py   what an answer is worth: comparing, what servers are known not to offer, the table; pure
    probes.py     the questions of a run, made of the two
    session.py    one running server, over stdio
    cli.py        the run: two servers at a time, a table, an exit code
"""
