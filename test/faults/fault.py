"""Programs that end in one way each: `fault.py MODE [N]`."""

import os
import resource
import subprocess
import sys
import time

MIB = 1 << 20


def grow(mib: int) -> None:
    kept = []
    for _ in range(mib):
        kept.append(bytearray(MIB))


def child(*after: str) -> None:
    """A child grows and is killed; then this process does what `after` says."""
    subprocess.run([sys.executable, __file__, "grow", "400"], check=False)
    if after[0] == "exit":
        sys.exit(int(after[1]))
    time.sleep(60)


def refused() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (600 * MIB, 600 * MIB))
    grow(2000)


def checkpoint(path: str) -> None:
    """Grows while it writes, and is killed in the middle of it."""
    kept = []
    with open(path, "wb", buffering=0) as file:
        for _ in range(400):
            kept.append(bytearray(b"x") * MIB)
            file.write(kept[-1])


def say(text: str, code: str) -> None:
    print(text, file=sys.stderr)
    sys.exit(int(code))


if __name__ == "__main__":
    mode, *words = sys.argv[1:]
    if mode == "grow":
        grow(int(words[0]))
    if mode == "child":
        child(*words)
    if mode == "refused":
        refused()
    if mode == "checkpoint":
        checkpoint(*words)
    if mode == "say":
        say(*words)
