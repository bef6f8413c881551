"""terminal.py ANSWER COMMAND...: run a command on a terminal of its own, answer each question that ends in ": " with a line ("-": never).

What the terminal shows goes to $T/tty, the number of questions to $T/questions; its standard streams stay ours."""
import os
import pty
import select
import signal
import sys

answer, command = sys.argv[1], sys.argv[2:]
streams = [os.dup(fd) for fd in range(3)]
pid, terminal = pty.fork()
if pid == 0:
    os.dup2(0, 9)  # what nobody holds open is at its end
    for fd in range(3):
        os.dup2(streams[fd], fd)
    os.execvp(command[0], command)
shown, questions = b"", 0
try:
    while select.select([terminal], [], [], 45)[0]:
        more = os.read(terminal, 4096)
        if not more:
            break
        shown += more
        if shown.endswith(b": "):
            questions += 1
            if answer != "-":
                os.write(terminal, answer.encode() + b"\n")
    else:
        os.kill(pid, signal.SIGKILL)
except OSError:
    pass
open(os.path.join(os.environ["T"], "tty"), "wb").write(shown)
open(os.path.join(os.environ["T"], "questions"), "w").write("%d\n" % questions)
status = os.waitpid(pid, 0)[1]
sys.exit(os.waitstatus_to_exitcode(status) if hasattr(os, "waitstatus_to_exitcode") else status >> 8)
