"""Reading content: `data:` URLs, images and PDFs, and the facts that an answer can state about them.

May import: nothing of vlmrun.local.
"""
