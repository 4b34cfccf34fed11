"""Columns of text made whole columns at a time: a loop over rows would cost more than everything else."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.city.plan import mixed

_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)


def fixed(characters: np.ndarray) -> pa.Array:
    """Rows of ASCII codes (uint8, one row per text) as texts."""
    rows, width = characters.shape
    offsets = np.arange(0, (rows + 1) * width, max(width, 1), dtype=np.int32)
    data = np.ascontiguousarray(characters).tobytes()
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets.tobytes()), pa.py_buffer(data))


def digits(numbers: np.ndarray, width: int) -> np.ndarray:
    """Numbers as rows of ASCII digits with leading zeros."""
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return ((numbers[:, None] // powers) % 10 + ord("0")).astype(np.uint8)


def hexadecimal(hashes: np.ndarray) -> np.ndarray:
    """64-bit numbers as rows of 16 ASCII digits."""
    bytes_ = hashes.astype(">u8").view(np.uint8).reshape(-1, 8)
    return _HEX[np.stack([bytes_ >> 4, bytes_ & 15], axis=2).reshape(-1, 16)]


def caller_hashes(callers: np.ndarray, key: int) -> np.ndarray:
    """32 ASCII digits a caller, as the keyed hashes of real callers look."""
    return np.hstack([hexadecimal(mixed(callers, key)), hexadecimal(mixed(callers, key, 1))])


def ticket_numbers(day: np.ndarray, sequence: np.ndarray) -> pa.Array:
    """
    Numbers such as DEMO-261121-000123.

    Parameters
    ----------
    day
        datetime64[D].
    sequence
        Position in the day; six digits.
    """
    dates, which = np.unique(day, return_inverse=True)
    stamps = np.array([int(np.datetime_as_string(one).replace("-", "")[2:]) for one in dates])
    name = np.broadcast_to(np.frombuffer(b"DEMO-", dtype=np.uint8), (len(day), 5))
    dash = np.full((len(day), 1), ord("-"), dtype=np.uint8)
    return fixed(np.hstack([name, digits(stamps[which], 6), dash, digits(sequence, 6)]))


def picked(pool: list[str] | pa.Array, at: np.ndarray, *, missing: np.ndarray | None = None) -> pa.Array:
    """One text of a pool per row; null where `missing`."""
    pool = pool if isinstance(pool, pa.Array) else pa.array(pool, pa.string())
    return pool.take(pa.array(at, pa.int32(), mask=missing))


def joined(*parts: pa.Array | str) -> pa.Array:
    """Texts put together row by row; null where a part is null."""
    return pc.binary_join_element_wise(*parts, "")


def moments(seconds: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    """Seconds since 1970 (local clock) as timestamps; null where `missing`."""
    return pa.array(seconds.astype("datetime64[s]").astype("datetime64[us]"), mask=missing)
