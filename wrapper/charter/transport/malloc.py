"""How glibc's malloc treats blocks as large as bodies: whether each goes back to the kernel.

By itself it gives back what is free beyond twice the largest block so far, so that the pages of the
next body are faulted in and cleared again. With bodies of 4 MB that is half of all page faults and
a quarter of the time in the kernel; it costs 10 MB of memory (docs/adr/0016-http.md).
"""

from __future__ import annotations

import ctypes
import platform

from charter import settings

# Parameters of mallopt(3).
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
# The largest that glibc takes on 64 bits.
MMAP_THRESHOLD_BYTES = 32 * 2**20
# How much stays with the process that is free at the end of its heap.
TRIM_THRESHOLD_BYTES = 64 * 2**20
# Whoever has set one of these knows what they want.
_VARIABLES = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES", "LD_PRELOAD")


def keep_large_blocks() -> bool:
    """Let blocks as large as bodies be used again; return whether that could be said.

    It can with glibc only, and is left as it is where a variable of the process concerns malloc.
    """
    if platform.libc_ver()[0] != "glibc" or any(
        settings.variable(name, str) for name in _VARIABLES
    ):
        return False
    mallopt = ctypes.CDLL(None).mallopt
    limits = {_M_MMAP_THRESHOLD: MMAP_THRESHOLD_BYTES, _M_TRIM_THRESHOLD: TRIM_THRESHOLD_BYTES}
    return all(mallopt(parameter, size) for parameter, size in limits.items())
