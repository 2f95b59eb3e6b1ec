"""Processes that die: workers, the keeper, the master; what is lost, how soon it is back, and that nobody is left."""
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "lib"))

import bio
import tap
from crowd import Crowd
from proc import is_there
from quench import Backend, HOST, PATIENCE, Quenchd, Work, echo, free_port, service, wait_until

N_KILLS = int(os.environ.get("QUENCH_KILLS", "12"))
SPACING = 0.27  # seconds from the next worker to the next death: five in a second are another matter

work = Work()
leaf = work.pki.leaf("p256", "example.test")
backend = Backend(echo)


def begin(**more):
    name = "quenchd%d" % len(work.processes)  # one that is left over harms no other test
    return Quenchd(work, service("web", [leaf], backend.port), name=name, more=more)


def served(port):
    with bio.Client(port) as c:
        c.send(b"x")
        return c.recv(1) == b"x"


# It takes its master some seconds, in which others are tested.
stuck = begin(workers=2)
stopped = stuck.workers()
os.kill(stopped[0], signal.SIGKILL)
stopped[0] = wait_until("the next one", lambda: next((p for p in stuck.workers() if p not in stopped), 0))
for pid in stopped:
    os.kill(pid, signal.SIGSTOP)
stuck.write_conf(service("web", [leaf], backend.port), service("more", [leaf], backend.port))
stuck.popen.send_signal(signal.SIGHUP)

with tap.test("%d workers are killed: nobody is refused, the other one's connections stay, it is back at once" % N_KILLS):
    q = begin(workers=2)
    port = q.ports["web"]
    times, n_alive = [], []
    with Crowd(port, 3, 0.01) as crowd:
        for i in range(N_KILLS):
            victims = q.workers()
            olds = [bio.Client(port) for _ in range(8)]
            os.kill(victims[i % 2], signal.SIGKILL)
            start = time.monotonic()
            wait_until("two again", lambda: len(q.workers()) == 2 and victims[i % 2] not in q.workers())
            noticed = time.monotonic()
            assert all(served(port) for _ in range(6))
            times.append(time.monotonic() - start)
            alive = 0
            for c in olds:
                try:
                    c.send(b"y")
                    alive += c.recv(1) == b"y"
                except (OSError, EOFError):
                    pass
                c.sock.close()
            n_alive.append(alive)
            time.sleep(max(0, SPACING - (time.monotonic() - noticed)))
    # The kernel spreads eight connections over two workers.
    assert 2 * N_KILLS < sum(n_alive) < 6 * N_KILLS, n_alive
    times.sort()
    refused = [e for e in crowd.errors if "refused" in e.lower()]
    assert not refused, refused
    # Each kill takes along the connections of its worker, of which every client has at most one.
    assert len(crowd.errors) <= 3 * N_KILLS, crowd.errors
    tap.diag("back after %.0f ms (median), %.0f ms (longest), with six handshakes; %d connections, %d lost with their worker"
             % (times[len(times) // 2] * 1000, times[-1] * 1000, crowd.n_done, len(crowd.errors)))
    assert "within a second" not in q.log()
    q.check_end()

with tap.test("one worker, killed: who connects meanwhile waits, and not for long"):
    q = begin()
    port = q.ports["web"]
    times = []
    for i in range(N_KILLS):
        os.kill(q.workers()[0], signal.SIGKILL)
        start = time.monotonic()
        assert served(port)
        times.append(time.monotonic() - start)
        time.sleep(SPACING)
    times.sort()
    late = times[int(len(times) * 0.99)]
    tap.diag("served after the kill: median %.0f ms, 99 of 100 within %.0f ms" % (times[len(times) // 2] * 1000, late * 1000))
    q.check_end()

with tap.test("five in a second: a back-off, which it says, and an end of it"):
    q = begin(workers=5)
    size = q.log_size()
    before = q.workers()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    q.wait_log(r"5 processes have died within a second", size)
    q.wait_log(r"worker \d is started again in 250 ms", size)
    assert served(q.ports["web"])
    wait_until("five again", lambda: len(q.workers()) == 5 and not set(before) & set(q.workers()))
    q.check_end()

with tap.test("the keeper is killed: what is established stays, new ones are served"):
    q = begin(workers=2)
    port = q.ports["web"]
    old = bio.Client(port)
    for _ in range(3):
        before = q.keeper()
        os.kill(before, signal.SIGKILL)
        wait_until("another keeper", lambda: q.keeper() not in (None, before))
        assert served(port)
        old.send(b"z")
        assert old.recv(1) == b"z"
    with Crowd(port, 2) as crowd:
        before = q.keeper()
        os.kill(before, signal.SIGKILL)
        wait_until("another keeper", lambda: q.keeper() not in (None, before))
        crowd.serve(20)
    refused = [e for e in crowd.errors if "refused" in e.lower()]
    assert not refused and len(crowd.errors) <= 4, crowd.errors
    old.sock.close()
    q.check_end()

with tap.test("a reload after deaths, and deaths during reloads"):
    q = begin(workers=2)
    for i in range(8):
        workers = wait_until("two workers", lambda: len(q.workers()) == 2 and q.workers())
        os.kill(workers[i % 2], signal.SIGKILL)
        q.popen.send_signal(signal.SIGHUP)
        time.sleep(0.3)
    wait_until("two workers", lambda: len(q.workers()) == 2)
    q.reload()
    assert served(q.ports["web"])
    assert len(q.workers()) == 2
    q.check_end()

with tap.test("workers that are stopped, one in its start: a reload fails by name, both are found and replaced"):
    stuck.wait_log("the reload has failed, the settings stay as they were: worker [01] has died over the new settings\n")
    for number, pid in enumerate(stopped):
        stuck.wait_log(r"worker %d \(process %d\) hasn't answered for \d+ seconds: it is killed" % (number, pid))
    wait_until("two others", lambda: len(stuck.workers()) == 2 and not set(stopped) & set(stuck.workers()))
    assert "service more" not in stuck.log()
    assert served(stuck.ports["web"])
    stuck.reload()
    assert "service more" in stuck.log()
    stuck.check_end()

with tap.test("the master is killed: nobody is left, and another one listens at once"):
    port = free_port()
    web = service("web", [leaf], backend.port, listen=["%s:%d" % (HOST, port), "unix:" + work.path("sock")])
    more = {"workers": 3, "user": "nobody" if os.getuid() == 0 else ""}
    q = Quenchd(work, web, more=more)
    tree = q.tree()
    assert len(tree) == 5, tree
    with bio.Client(q.ports["web"]) as c:
        c.send(b"x")
        assert c.recv(1) == b"x"
        os.kill(q.pid, signal.SIGKILL)
        q.popen.wait(PATIENCE)
        start = time.monotonic()
        wait_until("all to be gone", lambda: not any(is_there(pid) for pid in tree))
        again = Quenchd(work, web, name="again", more=more)
        assert served(port)
        tap.diag("served again after %.0f ms" % ((time.monotonic() - start) * 1000))
        again.check_end()

tap.done()
