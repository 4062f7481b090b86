"""Programs that end in one way each: `fault.py MODE [N]`."""

import os
import resource
import signal
import subprocess
import sys
import time

MIB = 1 << 20


def grow(mib: int) -> None:
    kept = []
    for _ in range(mib):
        kept.append(bytearray(MIB))


def child(code: int) -> None:
    """A child grows and is killed; then this process exits so, or hangs."""
    subprocess.run([sys.executable, __file__, "grow", "400"], check=False)
    if code >= 0:
        sys.exit(code)
    print("hangs", os.getpid(), flush=True)
    time.sleep(60)


def stay(mib: int) -> None:
    kept = bytearray(b"x") * (mib * MIB)
    print("filled", os.getpid(), flush=True)
    time.sleep(60)
    del kept


def saves(code: int) -> None:
    """Asked to end, it takes a moment and ends in its own way."""

    def save(*_: object) -> None:
        time.sleep(0.2)
        sys.exit(code)

    signal.signal(signal.SIGTERM, save)
    stay(1)


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


def main(mode: str, *words: str) -> None:
    modes = {
        "grow": lambda: grow(int(words[0])),
        "child": lambda: child(int(words[0])),
        "stay": lambda: stay(int(words[0])),
        "saves": lambda: saves(int(words[0])),
        "exit": lambda: sys.exit(int(words[0])),
        "refused": refused,
        "checkpoint": lambda: checkpoint(*words),
        "say": lambda: say(*words),
    }
    modes[mode]()


if __name__ == "__main__":
    main(*sys.argv[1:])
