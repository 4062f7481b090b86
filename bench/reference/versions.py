"""Prints what the reference is made of, one JSON object: versions, and the BLAS that is loaded."""

import json
import sys


def versions():
    import accelerate
    import numpy
    import peft
    import torch
    import transformers

    return {
        "python": sys.version.split()[0],
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "peft": peft.__version__,
        "accelerate": accelerate.__version__,
        "numpy": numpy.__version__,
        "blas": loaded_blas(),
    }


def loaded_blas():
    """Where the matrix products really come from: the mapped file, and the kernel it picked."""
    with open("/proc/self/maps") as maps:
        files = sorted({line.split()[-1] for line in maps if "openblas" in line or "libblas" in line})
    return {"files": files, "core": openblas_core(files)}


def openblas_core(files):
    import ctypes

    for file in files:
        try:
            core = ctypes.CDLL(file).openblas_get_corename
        except AttributeError:
            continue
        core.restype = ctypes.c_char_p
        return core().decode()
    return None


if __name__ == "__main__":
    print(json.dumps(versions()))
