"""Named arrays of pseudo-random numbers that test/counted.ts computes too: large inputs of goldens need no file."""
import numpy as np


def bits(name, count):
    """uint32 [count]: a hash (lowbias32) of the place in the array and of the array's name (FNV-1a)."""
    seed = 0x811C9DC5
    for letter in name.encode():
        seed = ((seed ^ letter) * 0x01000193) & 0xFFFFFFFF
    x = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9) + np.uint32(seed)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return x


def uniform(name, count):
    """float64 [count] on [-1, 1), multiples of 2^-23."""
    return (bits(name, count) >> np.uint32(8)) * 2.0**-23 - 1


def projections(name, values):
    """The 16 sums of `values` (flat, float64) under signs given by the bits of the array of that name."""
    b = bits(f"signs of {name}", values.size)
    return [float((values * (1 - 2.0 * ((b >> np.uint32(k)) & np.uint32(1)))).sum()) for k in range(16)]
