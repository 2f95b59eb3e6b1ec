"""Workers that are away: others accept from their sockets, so nobody waits for their return."""
import os
import re
import signal
import socket
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "lib"))

import bio
import tap
from proc import n_fds, titles
from quench import Backend, HOST, PATIENCE, Quenchd, Work, echo, service, settled, wait_until

work = Work()
first = work.pki.leaf("p256", "example.test")
second = work.pki.leaf("p384", "example.test")
backend = Backend(echo)


def web(leaf=first, name="web", **more):
    return service(name, [leaf], backend.port, **more)


def begin(*services, **more):
    name = "quenchd%d" % len(work.processes)  # one that is left over harms no other test
    return Quenchd(work, *(services or (web(),)), name=name, drain=PATIENCE, more=more)


def worker(q, number):
    """Its pid; None: it is away."""
    return dict(titles(q.pid)).get("quenchd: worker %d" % number)


def fds(q):
    return [n_fds(pid) for pid in [q.pid] + q.workers()]


def put_away(q, number, ms):
    """Kills the worker until it is to come back after so long, or longer."""
    delay = 0
    while delay < ms:
        pid = wait_until("worker %d" % number, lambda: worker(q, number))
        size = q.log_size()
        os.kill(pid, signal.SIGKILL)
        line = r"worker %d is started again in (\d+) ms" % number
        m = wait_until("its end", lambda: re.search(line, q.log_since(size)) or worker(q, number) not in (None, pid))
        delay = int(m[1]) if isinstance(m, re.Match) else 0


def while_away(q, number, func):
    """func(part) is through before the worker is back, and doesn't say that it came too late. What is slow has another
    try, in a longer absence, with a smaller part of its work."""
    for ms, part in ((500, 1), (1000, 1), (2000, 0.5), (4000, 0.2), (8000, 0.1)):
        put_away(q, number, ms)
        late = func(part)
        if not worker(q, number) and not late:
            return
        tap.diag("worker %d was back within %d ms" % (number, ms))
    raise AssertionError("worker %d was back each time" % number)


def connect(port, n):
    """The kernel spreads them over all sockets, whether somebody is there or not."""
    return [socket.create_connection((HOST, port), PATIENCE) for _ in range(n)]


def finish(socks, leaf=first):
    """All are served, by this certificate."""
    for s in socks:
        with bio.Client(None, sock=s) as c:
            assert c.tls.getpeercert(True)[-8:].hex() == leaf.tail()
            c.send(b"hello")
            assert c.recv_exactly(5) == b"hello"
            c.close_notify()
            assert c.recv_all() == b""


def all_back(q, n, before=None):
    wait_until("%d workers that serve" % n,
               lambda: [w["state"] for w in q.ask_json("status")[-1]["workers"]] == ["running"] * n)
    finish(connect(q.ports["web"], 10))
    if before:
        wait_until(lambda: "descriptors as before, %s: %s" % (before, fds(q)),
                   lambda: len(fds(q)) == len(before) and all(now <= n for now, n in zip(fds(q), before)))


with tap.test("200 connections while one of two workers is in back-off: nobody is refused, nobody waits for it"):
    q = begin(workers=2)
    all_back(q, 2)
    before = settled(lambda: fds(q))
    while_away(q, 0, lambda part: finish(connect(q.ports["web"], int(200 * part))))
    all_back(q, 2, before)
    while_away(q, 1, lambda part: finish(connect(q.ports["web"], int(50 * part))))
    all_back(q, 2, before)
    q.check_end()

with tap.test("two of three are away, one of them with what it had borrowed"):
    q = begin(web(listen=[HOST + ":0", "unix:" + work.path("sock")]), workers=3)
    all_back(q, 3)
    before = settled(lambda: fds(q))

    def both(part):
        put_away(q, 1, 1)
        socks = connect(q.ports["web"], int(60 * part))
        s = socket.socket(socket.AF_UNIX)
        s.connect(work.path("sock"))
        finish(socks + [s])
        return worker(q, 1)
    while_away(q, 0, both)
    all_back(q, 3, before)
    q.check_end()

with tap.test("reloads meanwhile: another certificate, other listeners; more and fewer workers"):
    q = begin(workers=2)
    all_back(q, 2)
    before = settled(lambda: fds(q))

    def reloads(_):
        q.write_conf(web(second), web(second, name="more"))
        q.reload()
        more = int(re.findall(r"listening on \S+:(\d+) \(service more\)", q.log())[-1])
        finish(connect(q.ports["web"], 30) + connect(more, 30), second)
        q.write_conf(web())
        q.reload()
        finish(connect(q.ports["web"], 30))
    while_away(q, 0, reloads)
    all_back(q, 2, before)

    def three(_):
        q.write_conf(web(), workers=3)
        q.reload()
        finish(connect(q.ports["web"], 30))
        q.write_conf(web(), workers=2)
        q.reload()
        finish(connect(q.ports["web"], 30))
    while_away(q, 0, three)
    all_back(q, 2)
    # The one that is away isn't wanted any more, and has been lent.
    put_away(q, 1, 500)
    q.write_conf(web(), workers=1)
    q.reload()
    all_back(q, 1)
    q.check_end()

with tap.test("the only worker is in back-off: it is said that connections wait, and they are served when it is back"):
    q = begin()
    size = q.log_size()
    put_away(q, 0, 500)
    q.wait_log(r"worker 0 is started again in \d+ ms; no worker serves, connections wait", size)
    finish(connect(q.ports["web"], 10))
    q.check_end()

with tap.test("SIGTERM in a back-off: whoever has connected is served, from the sockets of the dead one as well"):
    q = begin(web(listen=[HOST + ":0", "127.0.0.2:0"]), workers=2)
    put_away(q, 0, 2000)
    other = worker(q, 1)
    os.kill(other, signal.SIGSTOP)
    socks = connect(q.ports["web"], 60)
    before = n_fds(q.pid)
    q.popen.send_signal(signal.SIGTERM)
    wait_until("the master to let its sockets go", lambda: n_fds(q.pid) <= before - 4)
    os.kill(other, signal.SIGCONT)
    finish(socks)
    assert q.popen.wait(PATIENCE) == 0
    q.check_end()

tap.done()
