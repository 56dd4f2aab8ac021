"""Runs one command and prints what it took: seconds, processor seconds, peak memory of the processes in KiB.

    python -I -S benchmarks/timed.py '{"command": [...], "cwd": ".", "watch": false}'

A process of its own, and a small one: the peak that Linux gives for a command is never below that of who started it. To
``watch`` is to look at each process of the command every few milliseconds, since a worker's peak is in no other figure.
"""

import json
import os
import sys
import time

_FIRST_LOOK = 0.005


def main() -> None:
    """Run the command; its output goes to a file, or nowhere."""
    job = json.loads(sys.argv[1])
    os.chdir(job["cwd"])
    out = os.open(job.get("output") or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    actions = [(os.POSIX_SPAWN_DUP2, nowhere, 0), (os.POSIX_SPAWN_DUP2, out, 1), (os.POSIX_SPAWN_DUP2, out, 2)]
    peaks: dict[int, int] = {}
    began = time.perf_counter()
    pid = os.posix_spawnp(job["command"][0], job["command"], os.environ, file_actions=actions)
    while job.get("watch"):
        look(pid, peaks)
        done = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG)
        if done is not None:
            break
        time.sleep(_FIRST_LOOK)
    _, status, used = os.wait4(pid, 0)
    took = time.perf_counter() - began
    result = {
        "seconds": took,
        "cpu": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss,
        "workers": sorted((peak for who, peak in peaks.items() if who != pid), reverse=True),
        "status": os.waitstatus_to_exitcode(status),
    }
    print(json.dumps(result))


def look(pid: int, peaks: dict[int, int]) -> None:
    """Note the peak so far of a process and of those below it."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            for line in file:
                if line.startswith("VmHWM"):
                    peaks[pid] = max(peaks.get(pid, 0), int(line.split()[1]))
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            for child in file.read().split():
                look(int(child), peaks)
    except OSError:  # it has ended
        return


if __name__ == "__main__":
    main()
