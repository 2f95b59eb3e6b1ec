"""Starting and stopping: options, what a bad configuration says, signals, draining."""
import os
import pwd
import re
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "lib"))

import bio
import tap
from quench import (Backend, HOST, PATIENCE, QUENCHD, Quenchd, Work, can_connect, conf_text, echo,
                    sanitized, service, wait_until)

work = Work()
leaf = work.pki.leaf("p256", "example.test")
backend = Backend(echo)


def call(*args):
    done = subprocess.run([QUENCHD] + list(args), capture_output=True, text=True, timeout=PATIENCE,
                          cwd=work.folder)
    return done.returncode, done.stdout, done.stderr


with tap.test("--version and --help go to standard output, status 0"):
    status, out, err = call("--version")
    assert status == 0 and re.fullmatch(r"quenchd \d+\.\d+\.\d+, AES and ChaCha20 by (intel-ipsec-mb|nettle)\n", out) and not err, (out, err)
    status, out, err = call("--help")
    assert status == 0 and "--config" in out and not err

with tap.test("a wrong call: status 2"):
    for args in (["--nonsense"], ["extra"], ["-c"], ["--demo", "-c", "x"]):
        status, out, err = call(*args)
        assert status == 2 and "usage" in err and not out, (args, status, out, err)

with tap.test("--check: all that is wrong, each with file and line; or that it is good"):
    bad = work.write("bad.conf", 'workers = 1;\nsurprise = 2;\nservices = ( { name = "a"; listen = [ "nowhere" ];'
                     '\n  backends = ( "127.0.0.1:0" ); } );\n')
    status, out, err = call("-c", bad, "--check")
    assert status == 1 and not out, (status, out)
    assert re.search(r"bad\.conf:2: .*surprise", err), err
    assert len(err.splitlines()) >= 3 and all(re.search(r"bad\.conf:\d+: ", l) for l in err.splitlines()), err
    status, out, err = call("-c", work.path("missing.conf"))
    assert status == 1 and "missing.conf" in err, err
    good = work.write("good.conf", conf_text({"user": "", "group": "", "services":
                                            (service("web", [leaf], backend.port),)}, -1))
    status, out, err = call("-c", good, "--check")
    assert status == 0 and "good" in out and not err, (out, err)
    none = {"max_version": "1.2", "ciphersuites": ["TLS_AES_128_GCM_SHA256"]}
    useless = work.write("useless.conf", conf_text({"user": "", "group": "", "services":
                                                  (service("web", [leaf], backend.port, **none),)}, -1))
    status, out, err = call("-c", useless, "--check")
    assert status == 1 and not out and re.search(r"useless\.conf:\d+: .*no handshake with it in TLS 1.2", err), (out, err)

with tap.test("an address that is taken: one line, status 1"):
    q = Quenchd(work, service("web", [leaf], backend.port))
    again = conf_text({"user": "", "group": "", "services":
                       (service("web", [leaf], backend.port, listen=["%s:%d" % (HOST, q.ports["web"])]),)}, -1)
    status, out, err = call("-c", work.write("again.conf", again))
    assert status == 1 and re.search(r"again\.conf:\d+: cannot listen on .*in use", err), err
    q.check_end()

with tap.test("TERM: no new connections, the old one goes on and ends; status 0"):
    q = Quenchd(work, service("web", [leaf], backend.port), drain=PATIENCE)
    c = bio.Client(q.ports["web"])
    q.popen.send_signal(signal.SIGTERM)
    q.wait_log("ending: 1 connections are left")
    wait_until("the listener to close", lambda: not can_connect(q.ports["web"]))
    c.send(b"still served")
    assert c.recv_exactly(12) == b"still served"
    assert q.alive()
    c.close_notify()
    assert c.recv_all() == b""
    assert q.popen.wait(PATIENCE) == 0
    assert 'end="client closed"' in q.log()
    c.sock.close()

with tap.test("TERM: who had connected before is served, accepted or not"):
    q = Quenchd(work, service("web", [leaf], backend.port), drain=PATIENCE)
    worker = q.workers()[0]
    os.kill(worker, signal.SIGSTOP)
    s = socket.create_connection((HOST, q.ports["web"]), PATIENCE)
    q.popen.send_signal(signal.SIGTERM)
    wait_until("the master to tell it", lambda: q.ask_json("status")[0]["draining"])
    os.kill(worker, signal.SIGCONT)
    with bio.Client(None, sock=s) as c:
        c.send(b"just in time")
        assert c.recv_exactly(12) == b"just in time"
        c.close_notify()
        assert c.recv_all() == b""
    assert q.popen.wait(PATIENCE) == 0

with tap.test("a log file that can't be opened, or one with the reason in it: told, status 1"):
    for where in ("no-such-folder/log", "reason.log"):
        path = work.path(where)
        conf = conf_text({"user": "", "group": "", "log": {"target": "file:" + path}, "services":
                          (service("web", [leaf], backend.port, listen=["203.0.113.1:1"]),)}, -1)
        status, out, err = call("-c", work.write("logfile.conf", conf))
        assert status == 1 and path in err, (status, err)
    assert "cannot listen" in open(work.path("reason.log")).read()

with tap.test("INT, and a connection that stays: ended after the drain time, by a reset; status 0"):
    q = Quenchd(work, service("web", [leaf], backend.port), drain=0.6)
    c = bio.Client(q.ports["web"])
    start = time.monotonic()
    q.popen.send_signal(signal.SIGINT)
    assert bio.outcome(c.recv_all) == "reset"
    assert q.popen.wait(PATIENCE) == 0
    assert time.monotonic() - start > 0.4
    assert 'end="shutdown"' in q.log()

with tap.test("HUP and USR1 while it ends: nothing starts anew, the connection goes on"):
    q = Quenchd(work, service("web", [leaf], backend.port), drain=PATIENCE)
    c = bio.Client(q.ports["web"])
    q.popen.send_signal(signal.SIGTERM)
    q.wait_log("ending: 1 connections are left")
    for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGHUP):
        q.popen.send_signal(number)
    time.sleep(0.3)
    c.send(b"still served")
    assert c.recv_exactly(12) == b"still served"
    assert "reload" not in q.log()
    wait_until("the listener to close", lambda: not can_connect(q.ports["web"]))
    c.close_notify()
    assert c.recv_all() == b""
    assert q.popen.wait(PATIENCE) == 0
    c.sock.close()

with tap.test("a second TERM ends at once"):
    q = Quenchd(work, service("web", [leaf], backend.port), drain=10 * PATIENCE)
    c = bio.Client(q.ports["web"])
    q.popen.send_signal(signal.SIGTERM)
    q.wait_log("ending: 1 connections are left")
    q.popen.send_signal(signal.SIGTERM)
    assert q.popen.wait(PATIENCE) == 0
    assert 'end="shutdown"' in q.log()

with tap.test("TERM at any moment of the start: status 0, and nobody is left"):
    conf = work.write("early.conf", conf_text({"user": "", "group": "", "workers": 2, "admin": {"socket": ""}, "services":
                                               (service("web", [leaf], backend.port),)}, -1))
    for i in range(24):
        p = subprocess.Popen([QUENCHD, "-c", conf], stderr=subprocess.DEVNULL)
        time.sleep(0.002 + i * 0.002)
        with open("/proc/%d/status" % p.pid) as f:
            caught = int(re.search(r"SigCgt:\s+(\w+)", f.read())[1], 16) >> (signal.SIGTERM - 1) & 1
        p.terminate()
        assert p.wait(PATIENCE) in ((0,) if caught else (0, -signal.SIGTERM)), (i, p.returncode)

with tap.test("HUP reloads, and PIPE does no harm"):
    q = Quenchd(work, service("web", [leaf], backend.port))
    q.popen.send_signal(signal.SIGHUP)
    q.wait_log("reloaded: the new settings are in force")
    q.popen.send_signal(signal.SIGPIPE)
    with bio.Client(q.ports["web"]) as c:
        c.send(b"x")
        assert c.recv(1) == b"x"
    q.check_end()

with tap.test("--demo: a page that tells what was negotiated, and nothing left behind"):
    before = set(os.listdir(work.folder))
    log = open(os.path.join(work.folder, "demo.log"), "w+")
    demo = subprocess.Popen([QUENCHD, "--demo"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                            cwd=work.folder)

    def output():
        log.seek(0)
        return log.read()
    try:
        m = wait_until("the demo's address", lambda: re.search(r"https://localhost:(\d+)/", output()))
        with bio.Client(int(m[1]), name="localhost", alpn=["h2", "http/1.1"]) as c:
            c.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            page = c.recv_all().decode()
            assert c.closed
        assert page.startswith("HTTP/1.1 200 OK\r\n"), page
        for word in ("TLS1.3", "x25519", "post-quantum  no\n", "localhost", "http/1.1", c.tls.cipher()[0]):
            assert word in page, (word, page)
        with bio.Client(int(m[1])) as c:
            c.send(b"GET / HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n")
            assert b"<td>TLS1.3</td>" in c.recv_all()
        with bio.Client(int(m[1]), version="1.2") as c:
            c.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert b"TLS1.2" in c.recv_all()
        demo.send_signal(signal.SIGINT)
        assert demo.wait(PATIENCE) == 0, output()
        assert "Sanitizer" not in output()
    finally:
        demo.kill()
        demo.wait()
        log.close()
    assert set(os.listdir(work.folder)) - before == {"demo.log"}

with tap.test("a service manager is told: ready, each reload from begin to end, stopping, and nothing behind that"):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(work.path("notify.sock"))
        manager.settimeout(PATIENCE)

        def heard(last):
            """What it is told until this, without status and descriptors."""
            words = []
            while last not in words:
                word = manager.recv(4096).decode().split("\n")[0]
                words += [word] if re.match("READY|RELOADING|STOPPING", word) else []
            return words
        q = Quenchd(work, service("web", [leaf], backend.port), env={"NOTIFY_SOCKET": work.path("notify.sock")})
        assert heard("READY=1") == ["READY=1"]
        for good in (True, False):
            q.write_conf(service("web", [leaf], backend.port), workers=1 if good else "many")
            q.reload(good)
            assert heard("READY=1") == ["RELOADING=1", "READY=1"], good
        q.popen.send_signal(signal.SIGSTOP)
        q.popen.send_signal(signal.SIGHUP)
        q.popen.send_signal(signal.SIGTERM)
        q.popen.send_signal(signal.SIGCONT)
        assert "READY=1" not in heard("STOPPING=1")
        q.check_end()
        manager.settimeout(0)
        try:
            while True:
                assert not manager.recv(4096).startswith(b"READY"), "ready behind its end"
        except BlockingIOError:
            pass

if os.getuid() == 0:
    with tap.test("started as root: keeper and workers are the user, for good, the master keeps what it needs"):
        os.chmod(work.folder, 0o755)
        q = Quenchd(work, service("web", [leaf], backend.port), more={"user": "nobody", "workers": 2})

        def status(pid, key):
            with open("/proc/%d/status" % pid) as f:
                return re.search(r"^%s:\s+(.*)$" % key, f.read(), re.M)[1].split()
        master, *children = q.tree()
        assert len(children) == 3, children
        for pid in children:
            assert set(status(pid, "Uid")) == {str(pwd.getpwnam("nobody").pw_uid)}, status(pid, "Uid")
            assert "0" not in status(pid, "Gid") + status(pid, "Groups")
            assert int(status(pid, "CapPrm")[0], 16) == int(status(pid, "CapBnd")[0], 16) == 0
        may = 0x5e5 | (0x80000 if sanitized() else 0)  # CAP_SYS_PTRACE
        kept = int(status(master, "CapPrm")[0], 16)
        assert kept & ~may == 0 and int(status(master, "CapBnd")[0], 16) & ~may == 0, hex(kept)
        for pid in q.tree():
            assert status(pid, "NoNewPrivs") == ["1"]
        with bio.Client(q.ports["web"]) as c:
            c.send(b"x")
            assert c.recv(1) == b"x"
        q.check_end()
else:
    tap.skip("started as root: the user is taken on", "not root")

tap.done()
