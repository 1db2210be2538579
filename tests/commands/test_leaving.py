"""A process that is told to stop ends in time, whatever it is doing, and one whose parent died ends too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

AS_A_COMMAND = "import signal, threading, time; signal.signal(signal.SIGTERM, signal.default_int_handler)\n"
LEAVING = "from commands.leaving import leave_with, leaving\n"
HANGS = {
    "ignores it": "    signal.signal(signal.SIGTERM, lambda *_: None)\n    {ready}\n"
    "    while True: time.sleep(10)",
    "waits for a lock when it is told": "    lock = threading.Lock(); lock.acquire()\n"
    "    signal.signal(signal.SIGTERM, lambda *_: lock.acquire())\n    {ready}\n    time.sleep(60)",
    "is busy in a library": "    import hashlib\n    {ready}\n"
    "    hashlib.pbkdf2_hmac('sha256', b'x', b'y', 2_000_000_000)",
    "has a thread that does not end": "    threading.Thread(target=time.sleep, args=(60,)).start()\n"
    "    {ready}\n    time.sleep(60)",
}


@pytest.mark.parametrize("how", HANGS)
def test_a_process_that_hangs_ends_in_time(how: str) -> None:
    hangs = HANGS[how].format(ready="print('ready', flush=True)")
    program = f"{AS_A_COMMAND}{LEAVING}with leaving(1.0) as left:\n{hangs}"
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    time.sleep(0.3)  # it begins to hang only now
    process.send_signal(signal.SIGTERM)
    told = time.monotonic()
    assert process.wait(40) == 0
    assert time.monotonic() - told > 0.9


def test_one_that_ends_by_itself_is_not_hurried() -> None:
    program = (
        f"{LEAVING}with leaving(60.0) as left:\n    left.last = lambda: print('hurried')\n"
        "    left.begin()\nprint('done')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, timeout=120)
    assert done.stdout == b"done\n"


def test_a_process_leaves_when_the_other_end_of_its_pipe_is_closed() -> None:
    ours, theirs = os.pipe()
    waits = f"    leave_with({ours})\n    print('ready', flush=True)\n    time.sleep(60)"
    program = f"{AS_A_COMMAND}{LEAVING}with leaving():\n{waits}"
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, pass_fds=(ours,))
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    time.sleep(0.2)
    assert process.poll() is None
    os.close(theirs)
    assert process.wait(40) != 0, "interrupted"
    os.close(ours)
