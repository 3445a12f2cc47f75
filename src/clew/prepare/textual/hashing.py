"""Hashes of texts, of 32 bits: the same on columns and on one row, on every machine and in every version."""

from zlib import crc32

import numpy as np
from numpy.typing import NDArray

_MULTIPLIERS = (0x85EBCA6B, 0xC2B2AE35)
_MASK = 0xFFFFFFFF


def mix(value: int) -> int:
    """Return a whole number of 32 bits, each of which depends on all bits of another one.

    The finalizer of MurmurHash3 (Appleby, public domain).
    """
    value ^= value >> 16
    value = (value * _MULTIPLIERS[0]) & _MASK
    value ^= value >> 13
    value = (value * _MULTIPLIERS[1]) & _MASK
    return value ^ (value >> 16)


def mixed(values: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return `mix` of many, in an array of the same shape."""
    values = values ^ (values >> np.uint32(16))
    values *= np.uint32(_MULTIPLIERS[0])
    values ^= values >> np.uint32(13)
    values *= np.uint32(_MULTIPLIERS[1])
    values ^= values >> np.uint32(16)
    return values


def hash_of(text: str) -> int:
    """Return the hash of a text: `mix` of the CRC-32 (ISO 3309) of its UTF-8 bytes."""
    return mix(crc32(text.encode()))
