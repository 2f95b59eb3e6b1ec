"""The keeper: what its death costs, who waits for it, and that waiting costs nothing."""
import os
import resource
import signal
import socket
import ssl
import sys
import time

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import proc
import quench
import tap

NAME = "keeper.example"


def keeper(q):
    return quench.wait_until("a keeper", q.keeper)


def kill(pid):
    """When it returns the kernel has closed what it had open."""
    os.kill(pid, signal.SIGKILL)
    quench.wait_until("the end of a process", lambda: not proc.is_there(pid))


def cpu(pids):
    return sum(proc.cpu_ns(pid) for pid in pids) / 1e9


class Client:
    """A connection whose handshake has begun: the hello is out."""

    def __init__(self, work, port):
        self.into, self.out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = ssl.create_default_context(cafile=work.pki.ca).wrap_bio(self.into, self.out,
                                                                         server_hostname=NAME)
        self.tcp = socket.create_connection((quench.HOST, port), quench.PATIENCE)
        self.step()

    def step(self):
        """True when the handshake is complete."""
        try:
            self.tls.do_handshake()
            done = True
        except ssl.SSLWantReadError:
            done = False
        self.flush()
        return done

    def flush(self):
        data = self.out.read()
        if data:
            self.tcp.sendall(data)

    def take(self):
        data = self.tcp.recv(65536)
        if not data:
            raise EOFError("closed")
        self.into.write(data)

    def finish(self):
        while not self.step():
            self.take()

    def echo(self):
        self.tls.write(b"hello")
        self.flush()
        while True:
            try:
                return self.tls.read(100) == b"hello"
            except ssl.SSLWantReadError:
                self.take()

    def close(self):
        self.tcp.close()


def all_wait(q, n):
    """Until so many handshakes wait for their signature."""
    def wait():
        return sum(x["waits"]["client"] == "key" for x in q.ask_json("connections")[:-1]) == n
    quench.wait_until("%d handshakes to wait for the keeper" % n, wait)


def connected(work, port):
    c = Client(work, port)
    c.finish()
    assert c.echo()
    return c


def a_death(work, q, port):
    held = [connected(work, port) for _ in range(20)]
    old = keeper(q)
    os.kill(old, signal.SIGSTOP)
    waiting = [Client(work, port) for _ in range(5)]
    all_wait(q, 5)
    since = q.log_size()
    os.kill(old, signal.SIGKILL)
    with tap.test("kill -9: the handshakes that it was asked for fail, by name"):
        for c in waiting:
            try:
                c.finish()
                raise AssertionError("a handshake without a keeper")
            except (EOFError, OSError):
                pass
        q.wait_log("handshake: key server ended before it had signed", since)
    with tap.test("new ones are good as soon as there is the next keeper"):
        connected(work, port).close()
        assert keeper(q) != old
    with tap.test("established connections go on"):
        for c in held:
            assert c.echo()
            c.close()


def many_deaths(work, q, port):
    with tap.test("whoever comes while there is none waits for the next one"):
        for _ in range(5):
            kill(keeper(q))
            for c in [Client(work, port) for _ in range(5)]:
                c.finish()
                assert c.echo()
                c.close()


def a_standstill(work, q, port, workers):
    old = keeper(q)
    os.kill(old, signal.SIGSTOP)
    try:
        held = connected_before(work, q, port, old)
        waiting = [Client(work, port) for _ in range(50)]
        all_wait(q, 50)
        since, before = q.log_size(), cpu(workers)
        # bytes that come in the meantime are not looked at
        for c in waiting:
            for _ in range(10):
                c.tcp.sendall(b"\x17\x03\x03\x00\x01x")
        time.sleep(1)
        with tap.test("handshakes that wait for a signature cost no CPU time"):
            assert cpu(workers) - before < 0.2, cpu(workers) - before
        with tap.test("others have their data meanwhile"):
            assert held.echo()
        with tap.test("they end with their time, and the log says what they waited for"):
            waiting.append(Client(work, q.ports["hasty"]))
            q.wait_log("service=hasty .*handshake timeout: key server", since)
        for c in waiting + [held]:
            c.close()
    finally:
        os.kill(old, signal.SIGCONT)
    with tap.test("and behind that all is as before"):
        connected(work, port).close()


def no_way(work, q, port, workers):
    """The next keeper is there while a worker can take no descriptor: the way to it comes later."""
    with tap.test("a worker that the way to the next keeper didn't reach asks for another one"):
        before = [resource.prlimit(pid, resource.RLIMIT_NOFILE) for pid in workers]
        old, since = keeper(q), q.log_size()
        for pid, limit in zip(workers, before):
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, limit[1]))
        try:
            kill(old)
            q.wait_log("no way to the keeper: not enough descriptors", since)
        finally:
            for pid, limit in zip(workers, before):
                resource.prlimit(pid, resource.RLIMIT_NOFILE, limit)
        c = connected(work, port)
        assert c.echo()
        c.close()
        assert q.workers() == workers


def connected_before(work, q, port, pid):
    """A connection made while the keeper runs for a moment."""
    os.kill(pid, signal.SIGCONT)
    c = connected(work, port)
    os.kill(pid, signal.SIGSTOP)
    return c


def main():
    work = quench.Work()
    backend = quench.Backend(quench.echo)
    leaf = work.pki.leaf("rsa2048", NAME)
    q = quench.Quenchd(work, quench.service("echo", [leaf], backend.port),
                       quench.service("hasty", [leaf], backend.port, timeouts={"handshake": 1.0}))
    port = q.ports["echo"]
    a_death(work, q, port)
    many_deaths(work, q, port)
    a_standstill(work, q, port, q.workers())
    no_way(work, q, port, q.workers())
    with tap.test("it ends well"):
        q.check_end()
    tap.done()


main()
