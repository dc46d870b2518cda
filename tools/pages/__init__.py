"""The documentation site: what `mkdocs.yml` needs beyond its plugins, and the checks of what it builds.

- `colours`: the async twin of an example, which is written once.
- `hooks`: what MkDocs calls: examples become tabs, and links into the repository lead to its host.
- `drawings`: the drawings of "How it works".
- `notebooks`: runs the notebooks, and writes a page of each.
- `check`: each public name has an anchor in the reference, and nothing is loaded from another host.
- `browser`: what only a browser sees.
"""
