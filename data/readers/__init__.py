"""
Files of complaints as rows of text, whatever they are: CSV in all its dirt, workbooks, JSON, Parquet.

What a file is, is decided by its bytes, never by its name. Nothing is interpreted
here: a row keeps the number it has in the file, and a row that cannot be cut into
columns comes out with the reason.
"""

from data.readers.chunks import Chunk, normal
from data.readers.outline import Outline, SheetOutline, outline
from data.readers.reading import read_rows
from data.readers.text import SAMPLE_BYTES

__all__ = ["SAMPLE_BYTES", "Chunk", "Outline", "SheetOutline", "normal", "outline", "read_rows"]
