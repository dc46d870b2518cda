"""The pages of a PDF as images. `vlmrun.content.document_pages` makes message parts of them."""

from vlmrun._compat.pdf import Page, pdf_images

__all__ = ["Page", "pdf_images"]


def __dir__() -> list[str]:
    return __all__  # and not what is imported here
