"""Holds so many MiB, and waits to be told that memory runs short: guard-program.py MIB HOW [MIB-MORE].

signal  catches SIGUSR1: frees, says so, ends          plain  catches nothing, ends after two seconds
file    waits for the file named next, prints it       fd     prints the line that comes on descriptor 3
grow    on SIGTERM takes MIB-MORE and goes on          fork   two children share its memory for two seconds
"""
import os
import signal
import sys
import time

mib, how = int(sys.argv[1]), sys.argv[2]
told = []
if how == "signal":
    signal.signal(signal.SIGUSR1, lambda *_: told.append(True))
if how == "grow":
    signal.signal(signal.SIGTERM, lambda *_: held.append(b"y" * (int(sys.argv[3]) << 20)))
held = [b"x" * (mib << 20)]
print("holding", os.getpid(), flush=True)

deadline = time.monotonic() + 60
if how == "signal":
    while not told and time.monotonic() < deadline:
        time.sleep(0.02)
    held.clear()
    print("saved" if told else "never told", flush=True)
elif how == "file":
    while not os.path.exists(sys.argv[3]) and time.monotonic() < deadline:
        time.sleep(0.02)
    with open(sys.argv[3]) as notice:
        print(notice.read(), end="", flush=True)
elif how == "fd":
    with open("/dev/fd/3") as lines:
        print(lines.readline(), end="", flush=True)
elif how == "fork":
    children = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            time.sleep(2)
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
elif how == "grow":
    while time.monotonic() < deadline:
        time.sleep(0.02)
else:
    time.sleep(2)
