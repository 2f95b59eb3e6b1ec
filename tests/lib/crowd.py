"""crowd.py - clients that come all the time, each with one echoed message, while a test does something to the daemon."""
import threading
import time

import bio
from quench import wait_until


class Crowd:
    """n threads that connect one after the other, until the with block ends. errors: what went wrong, as texts."""

    def __init__(self, port, n=4, pause=0.0):
        self.port, self.pause = port, pause
        self.n_done, self.errors, self.slowest = 0, [], 0.0
        self.over = False
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._run, daemon=True) for _ in range(n)]

    def __enter__(self):
        self.start = time.monotonic()
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *_):
        self.over = True
        for t in self.threads:
            t.join()
        self.seconds = time.monotonic() - self.start

    def serve(self, n):
        """Waits until so many more have come and gone."""
        until = self.n_done + n
        wait_until("%d clients" % n, lambda: self.n_done >= until)

    def _once(self):
        with bio.Client(self.port) as c:
            c.send(b"one of many")
            assert c.recv_exactly(11) == b"one of many"
            c.close_notify()
            assert c.recv_all() == b""

    def _run(self):
        while not self.over:
            begin = time.monotonic()
            try:
                self._once()
                error = None
            except Exception as e:
                error = "%s: %s" % (type(e).__name__, e)
            with self.lock:
                self.n_done += 1
                self.slowest = max(self.slowest, time.monotonic() - begin)
                if error:
                    self.errors.append(error)
            time.sleep(self.pause)

    def check(self):
        """Nobody was refused or cut off."""
        assert not self.errors, (len(self.errors), self.n_done, self.errors[:5])
        assert self.n_done > 0
        return "%d connections, %.0f each second, the slowest %.0f ms" % (
            self.n_done, self.n_done / self.seconds, self.slowest * 1000)
