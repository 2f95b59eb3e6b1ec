"""Reloads: what changes, what stays, what is refused and why; nobody notices, nothing grows."""
import os
import re
import resource
import signal
import socket
import ssl
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "lib"))

import bio
import tap
from crowd import Crowd
from proc import n_fds, private_kib
from quench import (Backend, HOST, PATIENCE, Quenchd, Work, can_connect, echo, free_port, has_ipv6, sanitized, service,
                    settled, wait_until)

N_RELOADS = int(os.environ.get("QUENCH_RELOADS", "90"))

work = Work()
first = work.pki.leaf("p256", "example.test")
second = work.pki.leaf("p384", "example.test")
backend = Backend(echo)


def web(leaf=first, name="web", port=0, **more):
    return service(name, [leaf], backend.port, listen=["%s:%d" % (HOST, port)], **more)


def shown(port):
    """Which certificate a client gets to see."""
    with bio.Client(port) as c:
        return {leaf.tail(): leaf for leaf in (first, second)}[c.tls.getpeercert(True)[-8:].hex()]


with tap.test("another certificate for new connections; an old one goes on with what it began with"):
    q = Quenchd(work, web())
    port = q.ports["web"]
    old = bio.Client(port)
    before = q.workers()
    assert shown(port) is first
    q.write_conf(web(second))
    q.reload()
    assert shown(port) is second
    assert q.workers() == before
    old.send(b"still there")
    assert old.recv_exactly(11) == b"still there"
    old.close_notify()
    assert old.recv_all() == b""
    old.sock.close()
    q.check_end()

with tap.test("what is broken is refused, with the reason; the settings stay, and a good one is taken again"):
    q = Quenchd(work, web())
    port = q.ports["web"]
    taken = socket.create_server((HOST, 0))
    broken = [
        ("syntax", "services = (", r"quenchd\.conf:\d+: syntax error"),
        ("an unknown key", "surprise = 1;", r"quenchd\.conf: services is missing \(and 1 more error"),
        ("a missing file", dict(web(), certificates=({"chain": "none.pem", "key": first.key},)),
         r"none\.pem: No such file"),
        ("a key that is another's", dict(web(), certificates=({"chain": first.chain, "key": second.key},)),
         r"does not belong|is not the certificate's|mismatch|match"),
        ("a file that can't be read", dict(web(), certificates=({"chain": work.folder, "key": first.key},)),
         r"not a regular file"),
        ("an address that is taken", service("web", [first], backend.port,
                                             listen=[HOST + ":0", "%s:%d" % (HOST, taken.getsockname()[1])]),
         r"cannot listen on .*in use"),
        ("an address that isn't ours", service("web", [first], backend.port, listen=["203.0.113.1:1"]),
         r"cannot listen on 203\.0\.113\.1:1"),
        ("a name that doesn't resolve", service("web", [first], "no-such-host.invalid:80"),
         r"backend no-such-host\.invalid:80: "),
    ]
    for what, conf, reason in broken:
        if isinstance(conf, str):
            work.write("quenchd.conf", conf)
        else:
            q.write_conf(conf, strict=True)
        line = q.reload(good=False)
        assert re.search("the settings stay as they were: .*" + reason, line), (what, line)
        assert shown(port) is first, what
        q.write_conf(web())
        q.reload()
    taken.close()
    q.check_end()

with tap.test("no descriptors left: refused, nothing lost; when there are some again it goes on"):
    q = Quenchd(work, web())
    used = settled(lambda: n_fds(q.pid))
    with Crowd(q.ports["web"], 2) as crowd:
        for limit in (used - 5, used, used + 1):
            resource.prlimit(q.pid, resource.RLIMIT_NOFILE, (limit, 1024))
            assert "the settings stay" in q.reload(good=False)
        resource.prlimit(q.pid, resource.RLIMIT_NOFILE, (1024, 1024))
        q.reload()
    tap.diag(crowd.check())
    wait_until("descriptors as before", lambda: n_fds(q.pid) <= used)
    q.check_end()

with tap.test("listeners come and go, the one that stays refuses nobody"):
    fixed = free_port()
    q = Quenchd(work, web(port=fixed), more={"workers": 2})
    with Crowd(fixed) as crowd:
        for i in range(10):
            more = free_port()
            q.write_conf(web(port=fixed), web(name="more", port=more))
            q.reload()
            assert can_connect(more)
            assert shown(more) is first
            q.write_conf(web(port=fixed))
            q.reload()
            wait_until("the other listener to be gone", lambda: not can_connect(more))
    tap.diag(crowd.check())
    q.check_end()

with tap.test("a unix socket, and from one address to all and back"):
    fixed = free_port()
    path = work.path("sock")
    q = Quenchd(work, web(port=fixed))
    all_six = [["[::]:%d" % fixed], ["[::]:%d" % fixed, "0.0.0.0:%d" % fixed]] if has_ipv6() else []
    for listen in (["0.0.0.0:%d" % fixed], *all_six, ["%s:%d" % (HOST, fixed), "unix:" + path],
                   ["%s:%d" % (HOST, fixed)]):
        q.write_conf(service("web", [first], backend.port, listen=listen))
        q.reload()
        assert shown(fixed) is first
        assert os.path.exists(path) == ("unix:" + path in listen)
    q.check_end()

with tap.test("more listeners than one message takes, for each of two workers"):
    q = Quenchd(work, web(), more={"workers": 2})
    size = q.log_size()
    many = ["127.0.0.%d:0" % (i + 1) for i in range(150)]
    q.write_conf(service("web", [first], backend.port, listen=many))
    q.reload()
    found = re.findall(r"listening on (127\.0\.0\.\d+):(\d+) ", q.log_since(size))
    assert len(found) >= 149, len(found)
    for host, port in found:
        with socket.create_connection((host, int(port)), PATIENCE) as s, bio.Client(None, sock=s) as c:
            c.send(b"x")
            assert c.recv(1) == b"x"
    q.check_end()

with tap.test("more and fewer workers: nobody is lost, connections of those that leave end in peace"):
    q = Quenchd(work, web(), more={"workers": 2}, drain=PATIENCE)
    port = q.ports["web"]
    assert len(q.workers()) == 2
    with Crowd(port) as crowd:
        for n in (4, 1, 3, 2):
            olds = [bio.Client(port) for _ in range(6)]
            q.write_conf(web(), workers=n)
            q.reload()
            for c in olds:
                c.send(b"x")
                assert c.recv(1) == b"x"
                c.close_notify()
                assert c.recv_all() == b""
                c.sock.close()
            wait_until("%d workers" % n, lambda: len(q.workers()) == n)
    tap.diag(crowd.check())
    q.check_end()

with tap.test("keys out of the keeper and back"):
    q = Quenchd(work, web())
    assert q.keeper()
    with Crowd(q.ports["web"], 2, 0.01) as crowd:
        q.write_conf(web(), keeper=False)
        q.reload()
        wait_until("the keeper to end", lambda: not q.keeper())
        assert shown(q.ports["web"]) is first
        q.write_conf(web(second), keeper=True)
        q.reload()
        assert q.keeper()
        assert shown(q.ports["web"]) is second
    # A handshake that waits for the keeper while it goes fails; there is at most one of each thread.
    assert len(crowd.errors) <= 2, crowd.errors
    q.check_end()

with tap.test("many at once become one that follows"):
    q = Quenchd(work, web())
    size = q.log_size()
    for _ in range(50):
        q.popen.send_signal(signal.SIGHUP)
    q.write_conf(web(second))
    q.reload()
    wait_until("the new certificate", lambda: shown(q.ports["web"]) is second)
    time.sleep(0.2)
    n = q.log_since(size).count("reloaded: ")
    assert 1 <= n <= 52, n
    tap.diag("%d reloads for 51 signals" % n)
    q.check_end()

with tap.test("another user, log and level: what can be changed is"):
    log = work.path("other.log")
    q = Quenchd(work, web())
    q.write_conf(web(), log={"target": "file:" + log, "level": "debug", "format": "json"})
    q.popen.send_signal(signal.SIGHUP)
    wait_until("the new log", lambda: os.path.exists(log) and "reloaded: " in open(log).read())
    q.write_conf(web(), log={"target": "file:" + work.path("no/such/log")})
    q.popen.send_signal(signal.SIGHUP)
    wait_until("the reason", lambda: re.search("the reload has failed.*no/such/log", open(log).read()))
    assert shown(q.ports["web"]) is first
    q.check_end()

with tap.test("tickets are good over a reload, and not with another seed"):
    seeds = [work.write("seed%d" % i, os.urandom(64)) for i in range(2)]
    q = Quenchd(work, web(), tickets={"seed": seeds[0]}, log={"format": "json"})
    port = q.ports["web"]

    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ctx.check_hostname, ctx.verify_mode = False, ssl.CERT_NONE
    ctx.maximum_version = ssl.TLSVersion.TLSv1_2

    def visit(session):
        with socket.create_connection((HOST, port), PATIENCE) as s:
            with ctx.wrap_socket(s, session=session, server_hostname="example.test") as tls:
                return tls.session, tls.session_reused
    saved = visit(None)[0]
    assert visit(saved)[1]
    size = q.log_size()
    q.popen.send_signal(signal.SIGHUP)
    q.wait_log("reloaded: ", size)
    assert visit(saved)[1]
    size = q.log_size()
    q.write_conf(web(), tickets={"seed": seeds[1]})
    q.popen.send_signal(signal.SIGHUP)
    q.wait_log("reloaded: ", size)
    assert not visit(saved)[1]
    q.check_end()

with tap.test("%d reloads, some of them broken, under load: nobody is lost, nothing grows" % N_RELOADS):
    q = Quenchd(work, web(), more={"workers": 2})
    begin = time.monotonic()
    with Crowd(q.ports["web"]) as crowd:
        for i in range(N_RELOADS):
            if i == 20:
                kib, fds = private_kib(q.pid), settled(lambda: n_fds(q.pid))
            if i % 11 == 10:
                work.write("quenchd.conf", "services = (")
                q.reload(good=False)
            q.write_conf(web((first, second)[i % 2]))
            q.reload()
    took = time.monotonic() - begin
    tap.diag(crowd.check())
    wait_until("as few descriptors as before", lambda: n_fds(q.pid) <= fds)
    grown = private_kib(q.pid) - kib
    tap.diag("%.0f reloads each second; the master has grown by %d KiB of %d" % (N_RELOADS / took, grown, kib))
    assert sanitized() or grown <= 256, grown
    q.check_end()

tap.done()
