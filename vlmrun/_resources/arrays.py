"""NumPy's arrays and files. Imported where they are needed: this requires NumPy."""

from __future__ import annotations

import io
import zipfile
from typing import TypeAlias, TypeGuard

import numpy
from numpy.typing import NDArray

__all__ = ["Array", "loaded"]

Array: TypeAlias = NDArray[numpy.generic]
"""An array of any type and shape."""


_MOST_BYTES = 1 << 30
"""What a compressed file may have when it is decompressed: a small one may fill the memory."""


def loaded(data: bytes) -> Array:
    """The array of a `.npy` file, or of a `.npz` file that has one.

    Raises:
        Exception: Whatever NumPy raises for bytes that are neither.
    """
    if not data.startswith(b"\x93NUMPY"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            (entry,) = archive.infolist()
            if entry.file_size > _MOST_BYTES:  # zipfile reads no more than that
                raise ValueError("too large")
            data = archive.read(entry)
    value: object = numpy.load(io.BytesIO(data), allow_pickle=False)
    if not _is_array(value):
        raise TypeError("no file of NumPy's")
    return value


def _is_array(value: object) -> TypeGuard[Array]:
    return isinstance(value, numpy.ndarray)
