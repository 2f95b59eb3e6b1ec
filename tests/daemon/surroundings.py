"""What a machine does to a daemon: no such user, no room on the disk, no standard descriptors, backends
that are away. Each costs one clear line, and nothing that worked before."""
import json
import os
import pwd
import re
import resource
import signal
import socket
import ssl
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "lib"))

import bio
import tap
from quench import (Backend, HOST, PATIENCE, QUENCHD, Quenchd, Work, closed_port, conf_text, deaf_port, echo, free_port,
                    service, wait_until)

work = Work()
leaf = work.pki.leaf("p256", "example.test")
backend = Backend(echo)
web = service("web", [leaf], backend.port, timeouts={"drain": 0.5})


def call(*args):
    done = subprocess.run([QUENCHD] + list(args), capture_output=True, text=True, timeout=PATIENCE,
                          cwd=work.folder)
    return done.returncode, done.stdout, done.stderr


def written(name, **top):
    return work.write(name, conf_text(dict(top, services=(web,)), -1))


def read(path):
    with open(path) as f:
        return f.read()


def groups(tid):
    with open("/proc/%s/status" % tid) as f:
        return sorted(map(int, re.search(r"^Groups:(.*)$", f.read(), re.M)[1].split()))


def what_stops(func):
    try:
        func()
    except Exception as e:
        return str(e).lower()
    return "nothing"


def once(port):
    with bio.Client(port) as c:
        c.send(b"12345")
        assert c.recv_exactly(5) == b"12345"
        c.close_notify()
        assert c.recv_all() == b""


# ---- Users ------------------------------------------------------------------------------------------

if os.getuid() == 0:
    with tap.test("a user or group that doesn't exist: place and remedy, by --check and at the start, nothing bound"):
        for top, line in [
                ({"user": "no-such"}, r'nouser\.conf:1: user: "no-such" does not exist here: create it'),
                ({"user": "nobody", "group": "no-such"},
                 r'nouser\.conf:2: group: "no-such" does not exist here: create it.*group = ""')]:
            path = written("nouser.conf", **top)
            for more in ([], ["--check"]):
                status, out, err = call("-c", path, *more)
                assert status == 1 and not out and re.search(line, err), (status, out, err)
                assert len(err.splitlines()) == 1 and "listening" not in err, err

    if "quench" in [p.pw_name for p in pwd.getpwall()]:
        tap.skip("the default user is missing", "there is a user quench")
    else:
        with tap.test("the default user is missing: the line says that it is the default"):
            status, out, err = call("-c", written("default.conf"), "--check")
            assert status == 1 and re.search(
                r'default\.conf: user: "quench", the default, does not exist here: create it '
                r'\(useradd --system\), name another, or stay root with user = ""\n', err), err

    with tap.test("a log file belongs to the user who is taken on: USR1 after it moved away makes a new one"):
        os.chmod(work.folder, 0o755)
        os.mkdir(work.path("owned"))
        path = work.path("owned/log")
        conf = written("owned.conf", user="nobody", group="", log={"target": "file:" + path})
        status, out, err = call("-c", conf)
        assert status == 1 and re.search(
            r"owned\.conf:\d+: cannot open the log \S+owned/log as user nobody: Permission denied\n", err), err
        assert not os.path.exists(path)
        os.chown(work.path("owned"), pwd.getpwnam("nobody").pw_uid, -1)
        q = subprocess.Popen([QUENCHD, "-c", conf])
        try:
            m = wait_until("the log", lambda: os.path.exists(path) and
                           re.search(r"listening on \S+:(\d+)", read(path)))
            assert os.stat(path).st_uid == pwd.getpwnam("nobody").pw_uid
            # by a thread that has all groups of the user
            wanted = sorted(os.getgrouplist("nobody", pwd.getpwnam("nobody").pw_gid))
            assert wanted in [groups(t) for t in os.listdir("/proc/%d/task" % q.pid)], wanted
            once(int(m[1]))
            os.rename(path, path + ".1")
            q.send_signal(signal.SIGUSR1)
            wait_until("the new file", lambda: os.path.exists(path) and "open again" in read(path))
            os.rename(path, path + ".2")
            os.chown(work.path("owned"), 0, -1)
            q.send_signal(signal.SIGUSR1)
            wait_until("the reason", lambda: "error: the log %s can't be opened again, the old one stays: "
                       "Permission denied\n" % path in read(path + ".2"))
            q.terminate()
            assert q.wait(PATIENCE) == 0
        finally:
            q.kill()
else:
    tap.skip("users", "not root")

with tap.test("no configuration at the usual place: how to name one, and how to do without"):
    status, out, err = call()
    default = re.search(r"\((/.*quench\.conf)\)", call("--help")[1])[1]
    if os.path.exists(default):
        tap.diag("there is one: " + default)
    else:
        assert status == 1 and err == (default + ": No such file or directory\n"
                                       "quenchd: -c FILE names another one, --demo needs none\n"), err
    status, out, err = call("-c", "missing.conf")
    assert status == 1 and err == "missing.conf: No such file or directory\n", err

# ---- Files and descriptors ----------------------------------------------------------------------------

with tap.test("no room for the log for a while: nothing waits but lines, which are whole then and none missing"):
    path = work.path("full.log")
    q = subprocess.Popen([QUENCHD, "-c", written("full.conf", user="", group="",
                                                 log={"target": "file:" + path, "format": "json"})])
    try:
        m = wait_until("the log", lambda: os.path.exists(path) and
                       re.search(r"listening on \S+:(\d+)", read(path)))
        room = os.path.getsize(path) + 900
        resource.prlimit(q.pid, resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
        for _ in range(12):
            once(int(m[1]))
        resource.prlimit(q.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        once(int(m[1]))
        wait_until("the log to go on", lambda: read(path).count('"connection"') >= 13)
        q.terminate()
        assert q.wait(PATIENCE) == 0
    finally:
        q.kill()
    records = [json.loads(line) for line in read(path).splitlines()]
    assert sum(r["message"] == "connection" for r in records) == 13, records
    assert not any("were dropped" in r["message"] for r in records), records

with tap.test("started without standard descriptors: what it opens isn't taken for standard error"):
    port = free_port()
    closed = dict(web, listen=["%s:%d" % (HOST, port)])
    path = work.write("closed.conf", conf_text({"user": "", "group": "", "services": (closed,)}, -1))
    q = subprocess.Popen(["sh", "-c", 'exec "$0" -c "$1" <&- >&- 2>&-', QUENCHD, path])
    try:
        def standard():
            return [os.readlink("/proc/%d/fd/%d" % (q.pid, i)) for i in range(3)]

        def listening():
            try:
                once(port)
                return True
            except ConnectionRefusedError:
                return False
        wait_until("quenchd to listen", listening)
        assert standard() == ["/dev/null"] * 3, standard()
        once(port)
        q.terminate()
        assert q.wait(PATIENCE) == 0
    finally:
        q.kill()

with tap.test("a configuration that begins with a byte order mark"):
    path = work.write("bom.conf", b"\xef\xbb\xbf" + conf_text(
        {"user": "", "group": "", "services": (web,)}, -1).encode())
    status, out, err = call("-c", path, "--check")
    assert status == 0 and not err, err

# ---- Backends -------------------------------------------------------------------------------------------

silent_port, keep = deaf_port()
refusing = closed_port()


def several(name, *ports):
    return dict(service(name, [leaf], ports[0], timeouts={"connect": 0.5}),
                backends=tuple("%s:%d" % (HOST, p) for p in ports))


q = Quenchd(work, several("down", refusing), several("half", refusing, backend.port),
            several("mute", silent_port), several("partly", silent_port, backend.port), web)

with tap.test("no backend takes a connection: its line names the one that was tried last, and why"):
    since = q.log_size()
    with bio.Client(q.ports["down"]) as c:
        assert "internal" in what_stops(c.recv_all)
    q.wait_log(r'service=down .*backend=%s:%d .*end="backend: connection refused"' % (HOST, refusing), since)
    with bio.Client(q.ports["mute"]) as c:
        assert "internal" in what_stops(c.recv_all)
    q.wait_log(r'service=mute .*backend=%s:%d .*end="connect timeout"' % (HOST, silent_port), since)

with tap.test("one of two is down: clients don't notice, the log does, once a second"):
    since = q.log_size()
    start = time.monotonic()
    for _ in range(20):
        once(q.ports["half"])
    line = r"warning: backend %s:%d \(service half\) takes no connection: Connection refused" % (HOST, refusing)
    q.wait_log(line, since)
    n = len(re.findall(line, q.log_since(since)))
    assert n <= 2 + time.monotonic() - start, n

with tap.test("one of two doesn't answer: after the connect time the other one is asked"):
    since = q.log_size()
    for _ in range(2):
        once(q.ports["partly"])
    q.wait_log(r"backend %s:%d \(service partly\) takes no connection: Connection timed out"
               % (HOST, silent_port), since)
    assert "connect timeout" not in q.log_since(since)

with tap.test("a name that nobody knows: one line, with the backend's own place"):
    path = work.write("name.conf", conf_text({"user": "", "group": ""}, -1) + 'services = ( { name = "a";\n'
                      'listen = [ "127.0.0.1:0" ];\ncertificates = ( %s );\nbackends = ( "127.0.0.1:1",\n'
                      '"does-not-exist.invalid:80" ); } );\n' % conf_text(leaf.conf(), 1))
    n = read(path)[:read(path).index('"does-not-exist')].count("\n") + 1
    status, out, err = call("-c", path)
    assert status == 1 and re.search(r"name\.conf:%d: backend does-not-exist\.invalid:80: " % n, err), err

with tap.test("the first request of a client without TCP_NODELAY isn't held up by a delayed acknowledgement"):
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ctx.check_hostname = False
    ctx.verify_mode = ssl.CERT_NONE
    took = []
    while len(took) < 100 and min(took, default=1) >= 0.035:
        with ctx.wrap_socket(socket.create_connection((HOST, q.ports["web"]), PATIENCE)) as s:
            start = time.monotonic()
            s.sendall(b"x")
            assert s.recv(1) == b"x"
            took.append(time.monotonic() - start)
    tap.diag("%.1f to %.1f ms" % (min(took) * 1000, max(took) * 1000))
    assert min(took) < 0.035, took  # the kernel delays by 40

q.check_end()
tap.done()
