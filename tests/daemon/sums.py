"""Clients and backends that do anything at all, at random: send, stop reading, half close, cut, reset, write rubbish, hang
up within the handshake. Each connection ends when both of its sides have, and is counted once, as what it was; nothing
is left open, and a worker that has nothing to do does nothing. QUENCH_SEED: another run than 1."""
import os
import random
import re
import socket
import ssl
import sys
import threading
import time
import urllib.request

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import bio
import proc
import quench
import tap

SEED = int(os.environ.get("QUENCH_SEED", "1"))
N_CLIENTS, N_THREADS = 240, 12
# Far longer than the test: who waits for one of them has been forgotten.
TIMEOUTS = {"handshake": 600.0, "connect": 600.0, "idle": 3000.0}
LENGTHS = (1, 100, 16384, 200000)


def some_reads(r, sock, recv):
    sock.settimeout(r.choice((0.01, 0.1)))
    for _ in range(r.randint(1, 10)):
        if not recv(r.choice((1, 1000, 100000))):
            return


class Backend(quench.Backend):
    def __init__(self, number, path=None):
        self.lock, self.random = threading.Lock(), random.Random("%d backend %d" % (SEED, number))
        super().__init__(self.anything, path, n_waiting=2)

    def anything(self, conn):
        with self.lock:
            r = random.Random(self.random.random())
        acts = (lambda: conn.sendall(b"y" * r.choice(LENGTHS)), lambda: some_reads(r, conn, conn.recv),
                lambda: conn.shutdown(socket.SHUT_WR), lambda: time.sleep(r.random() * 0.05))
        conn.settimeout(1)
        try:
            for _ in range(r.randint(0, 6)):
                try:
                    r.choice(acts)()
                except TimeoutError:
                    pass
            if r.random() < 0.3:
                bio.reset(conn)
        except OSError:
            pass


class Client:
    """It may stop at any step; its socket is closed then."""

    def __init__(self, number):
        self.random = random.Random("%d client %d" % (SEED, number))

    def run(self, ports):
        r = self.random
        with socket.create_connection((quench.HOST, r.choice(ports)), quench.PATIENCE) as s:
            if r.random() < 0.3:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            try:
                self.anything(r, s, r.random())
            except (OSError, EOFError, ssl.SSLError):
                pass

    def anything(self, r, s, kind):
        if kind < 0.05:
            s.sendall(os.urandom(r.randint(0, 300)))
            return self.leave(r, s)
        c = bio.Client(None, sock=s, handshake=False, version=r.choice(("1.2", None)))
        if kind < 0.2:
            try:
                c.step(c.tls.do_handshake)
            except ssl.SSLWantReadError:
                pass
            hello = c.outward.read()
            s.sendall(hello[:r.randint(0, len(hello))])
            return self.leave(r, s)
        c.handshake()
        acts = (lambda: c.send(b"x" * r.choice(LENGTHS)), lambda: some_reads(r, s, c.recv), c.close_notify, c.fin,
                lambda: time.sleep(r.random() * 0.05), lambda: s.sendall(b"\x17\x03\x03" + os.urandom(r.randint(0, 40))))
        for _ in range(r.randint(0, 7)):
            s.settimeout(1)
            try:
                r.choice(acts)()
            except TimeoutError:
                pass
        return self.leave(r, s)

    @staticmethod
    def leave(r, s):
        what = r.random()
        if what < 0.3:
            bio.reset(s)
        elif what < 0.6:
            s.shutdown(socket.SHUT_WR)
            time.sleep(r.random() * 0.05)


class Figures:
    """Sums over all labels but one."""

    def __init__(self, address):
        with urllib.request.urlopen("http://%s/metrics" % address, timeout=quench.PATIENCE) as answer:
            self.samples = re.findall(r"^quench_(\w+)(\{.*\})? (\S+)$", answer.read().decode(), re.M)

    def sum(self, name, label=""):
        return sum(float(v) for n, labels, v in self.samples if n == name and label in labels)


def run_clients(ports):
    left, lock = list(range(N_CLIENTS)), threading.Lock()

    def work():
        while True:
            with lock:
                if not left:
                    return
                number = left.pop()
            Client(number).run(ports)

    threads = [threading.Thread(target=work) for _ in range(N_THREADS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def check_ends(q, address):
    def ended():
        f = Figures(address)
        return f.sum("connections_total") == N_CLIENTS and f.sum("connections_open") == 0
    quench.wait_until(lambda: "all connections to end; there are: " + q.ask("connections"), ended)


def check_sums(address):
    f = Figures(address)
    handshakes, truncated = f.sum("handshakes_total"), f.sum("connection_ends_total", 'end="client truncated"')
    assert f.sum("connection_ends_total") == N_CLIENTS
    assert handshakes + f.sum("handshake_failures_total") == N_CLIENTS
    assert f.sum("backend_connects_total") + f.sum("backend_failures_total") == handshakes
    assert f.sum("backend_connections_open") == 0
    assert f.sum("connections_truncated_total") == truncated, (f.sum("connections_truncated_total"), truncated)


def check_rest(pid, n_fds):
    """What lingers does so for a second."""
    quench.wait_until("its descriptors to be as many as before",
                      lambda: len(os.listdir("/proc/%d/fd" % pid)) == n_fds)
    before = proc.cpu_ns(pid)
    time.sleep(1)
    assert proc.cpu_ns(pid) - before < 300e6, proc.cpu_ns(pid) - before


def main():
    w = quench.Work()
    leaf = w.pki.leaf("p256", "example.test")
    tcp, unix = Backend(1), Backend(2, w.path("backend.sock"))
    address = "%s:%d" % (quench.HOST, quench.free_port())

    def service(name, backend, **more):
        return dict(quench.service(name, [leaf], backend, timeouts=dict(TIMEOUTS)), **more)

    q = quench.Quenchd(w, service("tcp", tcp.port), service("unix", "unix:" + unix.path, send_proxy="v2"),
                       service("v1", tcp.port, send_proxy="v1"),
                       more={"admin": {"socket": w.path("quenchd-admin.sock"), "http": address}})
    pid = q.workers()[0]
    n_fds = len(os.listdir("/proc/%d/fd" % pid))
    run_clients(list(q.ports.values()))
    tap.check("every connection ends", lambda: check_ends(q, address))
    tap.check("each is counted, once", lambda: check_sums(address))
    tap.check("a worker at rest", lambda: check_rest(pid, n_fds))
    tap.check("it ends well", q.check_end)
    tap.done()


main()
