"""Runs a command at a terminal of its own, and types an answer once it has printed a question.

at-a-terminal.py QUESTION ANSWER COMMAND...: prints what the command printed, exits as it did.
"""

import os
import pty
import sys

question, answer, *command = sys.argv[1:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
printed = b""
while True:
    try:
        chunk = os.read(terminal, 4096)
    except OSError:  # EIO: the other side has closed it
        break
    if not chunk:
        break
    printed += chunk
    if question and question.encode() in printed:
        os.write(terminal, answer.encode() + (b"\x04" if answer == "" else b"\n"))
        question = ""
sys.stdout.buffer.write(printed.replace(b"\r\n", b"\n"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
