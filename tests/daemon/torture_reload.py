"""Many reloads, good and broken ones mixed, under load: nobody is lost or refused, nothing grows. Then workers and
listeners that come and go under load, and reloads in company: with deaths, ends, and a worker that stands still.
Small by default; QUENCH_TORTURE=1 (make check-torture) has the numbers that are promised."""
import datetime
import os
import random
import re
import resource
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "lib"))

import bio
import tap
from horde import Echo, Horde, kill
from proc import is_there, n_fds, private_kib, titles
from quench import (HOST, PATIENCE, QUENCHD, Process, Quenchd, Work, can_connect, conf_text, free_port, sanitized, service,
                    settled, wait_until)

FULL = bool(os.environ.get("QUENCH_TORTURE"))
N_GOOD, N_BROKEN, N_WARM = (1000, 100, 50) if FULL else (25, 5, 5)
RATE = 200 if FULL else 100

work = Work()
leaves = [work.pki.leaf("p256", "example.test"), work.pki.leaf("p384", "example.test")]
echo = Echo(work)


def web(leaf=leaves[0], name="web", listen=None):
    return service(name, [leaf], echo.address, listen=listen or [HOST + ":0"])


def begin(*services, n=1, **more):
    """quenchd with this many workers, under a name that no other one had."""
    begin.n += 1
    return Quenchd(work, *services, name="quenchd%d" % begin.n, log={"connections": False}, more={"workers": n}, **more)


begin.n = 0


def served(port):
    with bio.Client(port) as c:
        c.send(b"x")
        return c.recv(1) == b"x"


def shown(port):
    """The certificate's last bytes."""
    with bio.Client(port) as c:
        return c.tls.getpeercert(True)[-8:].hex()


def pairs(chain, key):
    return dict(web(), certificates=({"chain": chain, "key": key},))


def now():
    """As the log's lines begin."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def lowest_free(q):
    """The descriptor that the master's next open gets."""
    used = settled(lambda: {int(fd) for fd in os.listdir("/proc/%d/fd" % q.pid)})
    return min(set(range(1024)) - used)


class Broken:
    """The ways in which a reload is refused: each writes what is wrong, and says what the reason has to be."""

    def __init__(self, q):
        self.q = q
        self.kinds = [self.syntax, self.missing, self.wrong_key, self.unreadable, self.descriptors]
        os.makedirs(work.path("folder.pem"), exist_ok=True)

    def syntax(self):
        work.write(self.q.conf_name, "services = (")
        return r"syntax error"

    def missing(self):
        self.q.write_conf(pairs("none.pem", leaves[0].key), strict=True)
        return r"none\.pem: No such file"

    def wrong_key(self):
        self.q.write_conf(pairs(leaves[0].chain, leaves[1].key), strict=True)
        return r"key"

    def unreadable(self):
        self.q.write_conf(pairs(work.path("folder.pem"), leaves[0].key), strict=True)
        return r"not a regular file"

    def descriptors(self):
        lowest = lowest_free(self.q)
        resource.prlimit(self.q.pid, resource.RLIMIT_NOFILE, (lowest + random.choice((0, 1)), 1024))
        return r""

    def reload(self, i):
        reason = self.kinds[i % len(self.kinds)]()
        line = self.q.reload(good=False)
        assert re.search("the settings stay as they were: .*" + reason, line), (reason, line)
        resource.prlimit(self.q.pid, resource.RLIMIT_NOFILE, (1024, 1024))


def reload_mixed(q, port, n_good, n_broken):
    """In a random order that is always the same; seconds that each took."""
    order = random.Random(7).sample([True] * n_good + [False] * n_broken, n_good + n_broken)
    broken, times, n = Broken(q), [], 0
    for i, good in enumerate(order):
        start = time.monotonic()
        if not good:
            broken.reload(n)
            n += 1
            continue
        more = [web(name="more")] if i % 10 == 0 else []
        q.write_conf(web(leaves[i % 2], listen=["%s:%d" % (HOST, port)]), *more)
        q.reload()
        times.append(time.monotonic() - start)
    q.write_conf(web(listen=["%s:%d" % (HOST, port)]))
    q.reload()
    return times


def processes(q):
    return [q.pid, q.keeper()] + q.workers()


with tap.test("%d good reloads and %d broken ones at %d connections each second: 0 lost, nothing grows"
              % (N_GOOD, N_BROKEN, RATE)):
    port = free_port()
    q = begin(web(listen=["%s:%d" % (HOST, port)]), n=2)
    with Horde(work, port=port, rate=RATE, stays=8) as horde:
        reload_mixed(q, port, N_WARM, len(Broken(q).kinds))
    tap.diag("warm: " + horde.check_all_served())
    pids = processes(q)
    fds, kib = settled(lambda: [n_fds(p) for p in pids]), [private_kib(p) for p in pids]
    with Horde(work, port=port, rate=RATE, stays=8) as horde:
        times = sorted(reload_mixed(q, port, N_GOOD, N_BROKEN))
    tap.diag(horde.check_all_served(RATE if FULL else None))
    wait_until("descriptors as before; %s" % fds, lambda: all(n_fds(p) <= n for p, n in zip(pids, fds)))
    grown = [private_kib(p) for p in pids]
    assert processes(q) == pids, (processes(q), pids)
    tap.diag("a good reload took %.0f ms (median), %.0f ms (99 %%); KiB before and after: %s, %s"
             % (times[len(times) // 2] * 1000, times[len(times) * 99 // 100] * 1000, kib, grown))
    tap.diag("descriptors of master, keeper, workers: %s, before and after" % fds)
    assert sanitized() or grown[0] - kib[0] <= 256, (kib, grown)
    q.check_end()

with tap.test("workers 1, 4, 2, 3 and listeners that come and go under load: nothing lost on those that stay"):
    port, path = free_port(), work.path("stays.sock")
    stays = ["%s:%d" % (HOST, port), "unix:" + path]
    q = begin(web(listen=stays), n=1, drain=PATIENCE)
    with Horde(work, port=port, rate=RATE, stays=8) as tcp, Horde(work, unix=path, rate=RATE // 4, stays=4) as unix:
        for i in range(20 if FULL else 2):
            for n in (4, 2, 3, 1):
                extra, more = work.path("extra%d.sock" % n), free_port()
                q.write_conf(web(leaves[n % 2], listen=stays),
                             web(name="more", listen=["unix:" + extra, "%s:%d" % (HOST, more)]), workers=n)
                q.reload()
                assert served(more) and os.path.exists(extra)
                q.write_conf(web(leaves[n % 2], listen=stays))
                q.reload()
                wait_until("the other listeners to be gone", lambda: not can_connect(more) and not os.path.exists(extra))
    for horde in (tcp, unix):
        tap.diag(horde.check_all_served())
    wait_until("one worker", lambda: len(q.workers()) == 1)
    q.check_end()

with tap.test("HUP comes in storms while workers are killed: nobody is refused, in the end it has what was written last"):
    port = free_port()
    q = begin(web(listen=["%s:%d" % (HOST, port)]), n=3)
    with Horde(work, port=port, rate=RATE) as horde:
        for i in range(60 if FULL else 4):
            for _ in range(20):
                q.popen.send_signal(signal.SIGHUP)
            kill(random.choice(q.workers() or [q.keeper()]))
            time.sleep(0.3)
        q.write_conf(web(leaves[1], listen=["%s:%d" % (HOST, port)]))
        wait_until("three workers", lambda: len(q.workers()) == 3)
        q.reload()
        wait_until("the last certificate", lambda: shown(port) == leaves[1].tail())
    assert not [f for f in horde.failed if f["stage"] == "connect"], horde.failed
    assert "out of memory" not in q.log() and "nothing is prepared" not in q.log(), q.log()[-3000:]
    tap.diag("%d connections, %d ended with their worker; %d reloads, %d refused" % (
        horde.total["n"], len(horde.failed), q.log().count("reloaded: "), q.log().count("the reload has failed")))
    q.check_end()

with tap.test("a worker comes back while the others prepare: it gets the new settings, too"):
    port = free_port()
    q = begin(web(listen=["%s:%d" % (HOST, port)]), n=6)
    *victims, other = q.workers()
    os.kill(other, signal.SIGSTOP)
    for pid in victims:
        kill(pid)
    q.wait_log(r"worker \d is started again in")
    q.write_conf(web(leaves[1], listen=["%s:%d" % (HOST, port)]))
    q.popen.send_signal(signal.SIGHUP)
    wait_until("all workers", lambda: len(q.workers()) == 6 and not set(victims) & set(q.workers()))
    time.sleep(0.5)
    assert "reloaded: " not in q.log()
    os.kill(other, signal.SIGCONT)
    q.wait_log("reloaded: ")
    for i in range(40):
        assert shown(port) == leaves[1].tail(), "settings of before, after %d others" % i
    q.check_end()

with tap.test("TERM while it reloads, at any moment: it ends in order, and nobody is left"):
    for i in range(40 if FULL else 4):
        q = begin(web(), n=2, drain=PATIENCE)
        with bio.Client(q.ports["web"]) as c:
            tree = q.tree()
            q.popen.send_signal(signal.SIGHUP)
            time.sleep(i % 20 * 0.002)
            q.popen.send_signal(signal.SIGTERM)
            time.sleep(0.01)
            q.popen.send_signal(signal.SIGHUP)
            c.send(b"y")
            assert c.recv(1) == b"y"
            c.close_notify()
            assert c.recv_all() == b""
        assert q.popen.wait(PATIENCE) == 0, q.log()
        wait_until("all to be gone", lambda: not any(is_there(pid) for pid in tree))

with tap.test("a worker stands still during a reload: refused by name in time, others serve on, it is replaced"):
    port = free_port()
    q = begin(web(listen=["%s:%d" % (HOST, port)]), n=2)
    before = q.workers()
    if FULL:
        os.kill(before[1], signal.SIGSTOP)
        start = time.monotonic()
        line = q.reload(good=False, patience=60)
        tap.diag("refused after %.1f s: %s" % (time.monotonic() - start, line))
        # It was asked for a sign of life, too, and given up for that before the reload's own limit.
        assert "worker 1 has died over the new settings" in line, line
        q.wait_log(r"worker 1 \(process %d\) hasn't answered for 8 seconds: it is killed" % before[1])
        wait_until("another one", lambda: len(q.workers()) == 2 and before[1] not in q.workers())
        assert q.workers()[0] == before[0]
    else:
        for seconds in (0.3, 1, 4, 16):  # until the worker is asked to prepare; a death before that harms no reload
            size, victim = q.log_size(), q.workers()[1]
            os.kill(victim, signal.SIGSTOP)
            q.popen.send_signal(signal.SIGHUP)
            time.sleep(seconds)
            os.kill(victim, signal.SIGKILL)
            line = q.wait_log("the reload has failed.*|reloaded: .*", size)[0]
            wait_until("another one", lambda: len(q.workers()) == 2 and victim not in q.workers())
            if not line.startswith("reloaded"):
                break
        assert "worker 1 has died over the new settings" in line, line
    q.reload()
    with Horde(work, port=port, rate=RATE) as horde:
        horde.serve(RATE // 2)
    tap.diag(horde.check_all_served())
    q.check_end()

with tap.test("descriptors run out at any point of a reload that wants three workers more: all of it or nothing"):
    q = begin(web())
    port, outcomes = q.ports["web"], []
    for more in range(0, 60, 1 if FULL else 8):
        resource.prlimit(q.pid, resource.RLIMIT_NOFILE, (lowest_free(q) + more, 1024))
        size, start = q.log_size(), now()
        q.write_conf(web(), workers=4)
        q.popen.send_signal(signal.SIGHUP)
        good = "reloaded: " in q.wait_log("reloaded: |the reload has failed, .*", size)[0]
        n = len(q.workers())
        outcomes.append((more, good, n))
        assert n == 4 if good else q.workers(), outcomes
        resource.prlimit(q.pid, resource.RLIMIT_NOFILE, (1024, 1024))
        # what is older belongs to reloads before, told now because it was repeated
        failed = [line for line in q.log_since(size).splitlines() if "can't" in line and line >= start]
        assert not failed or not good, failed
        assert served(port)
        q.write_conf(web(), workers=1)
        q.reload()
        wait_until("one worker", lambda: len(q.workers()) == 1)
    assert outcomes[-1][1] and not outcomes[0][1], outcomes
    tap.diag("good from %d descriptors on" % next(m for m, good, _ in outcomes if good))
    q.check_end()

with tap.test("descriptors run out at any point of the start: it ends and says why, or it serves with all workers"):
    conf = dict(begin(web()).conf, workers=3, services=(web(),), admin={"socket": ""})
    path, began = work.write("few.conf", conf_text(conf, -1)), []
    for limit in range(8, 60, 1 if FULL else 7):
        with open(work.path("few.log"), "wb") as log:
            p = subprocess.Popen([QUENCHD, "-c", path], stderr=log, preexec_fn=lambda: resource.setrlimit(
                resource.RLIMIT_NOFILE, (limit, limit)))
        few = Process.__new__(Process)
        few.name, few.popen, few.logfile = "few", p, log.name
        work.processes.append(few)

        def said():
            with open(log.name) as f:
                return f.read()
        wait_until("an outcome with %d descriptors: %s" % (limit, said()), lambda: p.poll() is not None or
                   "listening on " in said())
        if p.poll() is None:
            assert len(titles(p.pid)) == 4, (limit, said())
            began.append(limit)
            p.terminate()
            assert p.wait(PATIENCE) == 0, (limit, said())
        else:
            assert p.returncode == 1 and said().strip(), (limit, p.returncode, said())
            assert not began, (limit, began, said())
    assert began, said()
    tap.diag("it begins with %d descriptors" % began[0])

with tap.test("more addresses than the soft limit of descriptors: it takes the hard one"):
    ports = sorted({free_port() for _ in range(40)})
    many = [web(name="s%d" % p, listen=["%s:%d" % (HOST, p)]) for p in ports]
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, before[1]))
    try:
        q = begin(*many, n=4)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    q.reload()
    assert served(ports[0]) and served(ports[-1])
    q.check_end()

with tap.test("signals that mean nothing to it do nothing"):
    q = begin(web())
    for number in (signal.SIGUSR2, signal.SIGPIPE, signal.SIGXFSZ, signal.SIGWINCH):
        q.popen.send_signal(number)
    time.sleep(0.2)
    assert served(q.ports["web"])
    q.check_end()

tap.done()
