"""`python tools/language_servers.py`: the language-server gate, which lives in the package beside this file.

Where a package and a module share a name, Python imports the package and mypy passes over the module.
"""

from language_servers.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
