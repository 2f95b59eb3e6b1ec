"""horde.py - runs tests/lib/horde and echo beside quenchd, and looks into the processes meanwhile."""
import os
import re
import signal
import subprocess
import threading
import time

from quench import PATIENCE, TOP, wait_until


def now_us():
    return time.monotonic_ns() // 1000


class Echo:
    """The backend: address is a port, or unix:PATH."""

    def __init__(self, work, path=None):
        argv = [os.path.join(TOP, "tests/lib/echo")] + (["unix=" + path] if path else [])
        self.popen = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.popen.stdout.readline().strip()
        self.address = "unix:" + line if path else int(line)
        work.processes.append(self)
        self.name = "echo"

    def log(self):
        return ""

    def kill(self):
        self.popen.kill()
        self.popen.wait()


class Horde:
    """Clients on schedule until the with block ends; then total has the numbers, failed and slow what they tell."""

    def __init__(self, work, **options):
        self.work, self.options, self.n_served = work, dict(options, tell=5), 0
        self.failed, self.slow, self.stays, self.total = [], [], [], None
        self.name = "horde"

    def __enter__(self):
        argv = [os.path.join(TOP, "tests/lib/horde")] + ["%s=%s" % i for i in self.options.items()]
        self.popen = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.work.processes.append(self)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        want = self.options.get("stays", 0)
        wait_until("%d connections that stay; %s" % (want, self.failed[:3]), lambda: len(self.stays) >= want)
        return self

    def __exit__(self, *_):
        self.stop()

    def serve(self, n):
        """Waits until so many more were served."""
        until = self.n_served + n
        wait_until("%d connections to be served; %s" % (n, self.failed[:3]), lambda: self.n_served >= until)

    def stop(self):
        if not self.popen.stdin.closed:
            self.popen.stdin.close()
        self.reader.join(2 * PATIENCE)
        self.popen.wait(PATIENCE)

    def kill(self):
        self.popen.kill()
        self.popen.wait()

    def log(self):
        return ""

    def _read(self):
        for line in self.popen.stdout:
            kind, rest = line.rstrip("\n").split(" ", 1)
            event = {k: int(v) if v.isdigit() else v
                     for k, v in re.findall(r"(\w+)=((?<=why=).*|\S+)", rest)}
            if kind == "done":
                self.total = event
            elif kind == "served":
                self.n_served = event["n"]
            else:
                {"failed": self.failed, "slow": self.slow, "stay": self.stays}[kind].append(event)

    def check_all_served(self, rate=None):
        """Nobody was lost or refused, and as many came as were to; a text with the figures."""
        assert self.total, "it did not end"
        assert not self.failed, (len(self.failed), self.total, self.failed[:5])
        seconds = self.total["us"] / 1e6
        if rate:
            assert self.total["n"] > 0.9 * rate * seconds, (self.total, rate)
        return "%d connections in %.1f s (%.0f each second): 0 lost; ms: median %d, 99 %% %d, longest %d" % (
            self.total["n"], seconds, self.total["n"] / seconds, self.total["p50"], self.total["p99"],
            self.total["max"])


def _sockets(pid):
    out = set()
    folder = "/proc/%d/fd" % pid
    try:
        for fd in os.listdir(folder):
            try:
                m = re.fullmatch(r"socket:\[(\d+)\]", os.readlink(os.path.join(folder, fd)))
            except OSError:
                continue
            if m:
                out.add(m[1])
    except OSError:
        pass
    return out


def owners(port, pids):
    """Which process has the connection to this port, by the client's port."""
    inodes = {}
    with open("/proc/net/tcp") as f:
        for line in f.readlines()[1:]:
            fields = line.split()
            if int(fields[1].split(":")[1], 16) == port and fields[3] == "01":
                inodes[fields[9]] = int(fields[2].split(":")[1], 16)
    return {inodes[inode]: pid for pid in pids for inode in _sockets(pid) if inode in inodes}


def kill(pid, number=signal.SIGKILL):
    """When, in microseconds: before the signal, and behind it."""
    before = now_us()
    os.kill(pid, number)
    return before, now_us()
