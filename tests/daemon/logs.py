"""The log: its fields, JSON, what clients can't write into it, files that move, readers that stall."""
import fcntl
import json
import os
import re
import resource
import signal
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "lib"))

import bio
import tap
from proc import titles
from quench import (Backend, HOST, PATIENCE, QUENCHD, Quenchd, Work, can_connect, conf_text, echo, free_port, say,
                    service, wait_until)

work = Work()
leaf = work.pki.leaf("p256", "example.test")
backend = Backend(echo)
FIELDS = ["service", "peer", "backend", "sni", "version", "suite", "group", "signature", "alpn",
          "resumed", "certificate", "in",
          "out", "ms", "end"]


def once(port, **more):
    with bio.Client(port, **more) as c:
        c.send(b"12345")
        assert c.recv_exactly(5) == b"12345"
        c.close_notify()
        assert c.recv_all() == b""
        return c.sock.getsockname()[1], c.tls.cipher()[0]


def client_hello(sni, alpn):
    """A TLS 1.3 ClientHello with any bytes as server name and protocol."""
    def vec(n, data):
        return len(data).to_bytes(n, "big") + data

    def ext(number, data):
        return struct.pack(">H", number) + vec(2, data)
    exts = b"".join([
        ext(0, vec(2, b"\x00" + vec(2, sni))),
        ext(16, vec(2, vec(1, alpn))),
        ext(43, vec(1, b"\x03\x04")),
        ext(10, vec(2, b"\x00\x17")),
        ext(13, vec(2, b"\x04\x03")),
        ext(51, vec(2, b""))])
    body = b"\x03\x03" + bytes(32) + vec(1, b"") + vec(2, b"\x13\x01") + b"\x01\x00" + vec(2, exts)
    return b"\x16\x03\x01" + vec(2, b"\x01" + vec(3, body))


EVIL = [b"a\nb", b"a\r\nfake service=x", b"\x1b[2J", b"nul\x00byte", b'quo"te', b"back\\slash", b"\xff\xfe\x80",
        b" space", b"\xc3\xa9", b"x" * 255, b"\n" * 255, b"\x7f", b"end=ok"]

text = Quenchd(work, service("web", [leaf], backend.port, alpn=["h2", "http/1.1"]), name="text")
with tap.test("text: every field, with what the connection was"):
    since = text.log_size()
    port, suite = once(text.ports["web"], alpn=["http/1.1"])
    line = text.wait_log(r".* connection .*", since)[0]
    m = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) connection (.*)", line)
    assert m, line
    pairs = re.findall(r'(\w+)=("[^"]*"|\S+)', m[2])
    assert [k for k, _ in pairs] == FIELDS, line
    got = dict(pairs)
    assert got["service"] == "web" and got["peer"] == "%s:%d" % (HOST, port), line
    assert got["backend"] == "%s:%d" % (HOST, backend.port), line
    assert got["sni"] == "example.test" and got["version"] == "TLS1.3", line
    assert got["suite"] == suite and got["group"] == "x25519", line
    assert got["signature"] == "ecdsa_secp256r1_sha256" and got["alpn"] == "http/1.1", line
    assert got["in"] == "5" and got["out"] == "5" and int(got["ms"]) < 30000, line
    assert got["end"] == '"client closed"', line

with tap.test("text: whatever a client sends, it is one line of printable ASCII"):
    since = text.log_size()
    for evil in EVIL:
        say(text.ports["web"], client_hello(evil, b"h2"))
        say(text.ports["web"], client_hello(b"example.test", evil))
    lines = wait_until("a line for each", lambda: (lambda l: l if len(l) >= 2 * len(EVIL) else None)(
        text.log_since(since).splitlines()))
    assert len(lines) == 2 * len(EVIL), len(lines)
    for line in lines:
        assert re.fullmatch(r"[\x20-\x7e]+", line), repr(line)
        assert re.fullmatch(r'\S+Z connection service=web peer=\S+ backend=- .* end="handshake: [^"]*"',
                            line), line
    text.check_end()

js = Quenchd(work, service("web", [leaf], backend.port, alpn=["h2"]), name="json",
             log={"format": "json"})
with tap.test("JSON: every line parses, the fields are the same, unknown ones are null"):
    since = js.log_size()
    once(js.ports["web"], name=None)
    for evil in EVIL:
        say(js.ports["web"], client_hello(evil, b"h2"))
        say(js.ports["web"], client_hello(b"example.test", evil))
    js.stop()
    records = [json.loads(l) for l in js.log().splitlines()]
    ends = [r for r in records if r["message"] == "connection"]
    assert len(ends) == 1 + 2 * len(EVIL), len(ends)
    for r in ends:
        assert [k for k in r if k not in ("time", "level", "message")] == FIELDS, r
    assert ends[0]["sni"] is None and ends[0]["alpn"] is None and ends[0]["in"] == 5, ends[0]
    assert isinstance(ends[0]["ms"], int) and ends[0]["end"] == "client closed"
    assert ends[1]["backend"] is None
    assert any(r["message"].startswith("listening on ") for r in records)

with tap.test("connections = false, level = error: nothing to say"):
    port = free_port()
    path = work.write("quiet.conf", conf_text({
        "user": "", "group": "", "log": {"level": "error", "connections": False, "target": "stderr"},
        "admin": {"socket": ""}, "services": (service("web", [leaf], backend.port, timeouts={"drain": 0.5},
                                                      listen=["%s:%d" % (HOST, port)]),)}, -1))
    quiet = subprocess.Popen([QUENCHD, "-c", path], stderr=subprocess.PIPE, text=True)
    wait_until("it to listen", lambda: can_connect(port))
    once(port)
    quiet.terminate()
    assert quiet.wait(PATIENCE) == 0
    said = quiet.stderr.read()
    quiet.stderr.close()
    assert said == "", said


def start(log, name):
    """quenchd whose log isn't on its standard error."""
    conf = {"workers": 1, "user": "", "group": "", "log": log, "admin": {"socket": ""},
            "services": (service("web", [leaf], backend.port, timeouts={"drain": 0.5}),)}
    return [QUENCHD, "-c", work.write(name + ".conf", conf_text(conf, -1))]


def read(path):
    with open(path) as f:
        return f.read()


with tap.test("what is set aside at the start stands in the log file"):
    os.mkdir(work.path("folder"))
    work.write("folder/broken.pem", "nothing")
    web = service("web", [leaf], backend.port)
    web["certificate_dir"] = work.path("folder")
    path = work.path("start.log")
    conf = {"user": "", "group": "", "admin": {"socket": ""}, "log": {"target": "file:" + path}, "services": (web,)}
    q = subprocess.Popen([QUENCHD, "-c", work.write("start.conf", conf_text(conf, -1))], stderr=subprocess.PIPE)
    try:
        wait_until("the log file", lambda: os.path.exists(path) and "listening on" in read(path))
        assert re.search(r"Z warning: \S+start\.conf:\d+: services\.certificate_dir: .*broken\..*set aside", read(path)), read(path)
        q.terminate()
        assert q.wait(PATIENCE) == 0
        assert q.stderr.read() == b""
    finally:
        q.kill()

with tap.test("a log file, not for everybody; USR1 after it moved away opens a new one"):
    path = work.path("own.log")
    q = subprocess.Popen(start({"target": "file:" + path}, "file"), stderr=subprocess.PIPE)
    try:
        m = wait_until("the log file", lambda: os.path.exists(path) and
                       re.search(r"listening on \S+:(\d+)", read(path)))
        assert os.stat(path).st_mode & 0o007 == 0
        os.rename(path, path + ".1")
        once(int(m[1]))
        wait_until("the old file", lambda: "client closed" in read(path + ".1"))
        q.send_signal(signal.SIGUSR1)
        wait_until("the new file", lambda: os.path.exists(path) and "open again" in read(path))
        once(int(m[1]))
        wait_until("the new file", lambda: "client closed" in read(path))
        q.terminate()
        assert q.wait(PATIENCE) == 0
        assert q.stderr.read() == b""
    finally:
        q.kill()
        q.stderr.close()

def long_hello(n):
    """Connections that fail at once, each with a long line."""
    return client_hello(b"%06d" % n + b"x" * 240, b"h2")


def n_dropped(text):
    return sum(int(n) for n in re.findall(r"Z warning: (\d+) log lines were dropped$", text, re.M))


def n_connections(text):
    return len(re.findall(r"^\S+Z connection .*\"$", text, re.M))


def only_whole_lines(text):
    bad = [l for l in text.splitlines() if not re.match(r"\d{4}-\d\d-\d\dT\S+Z [ -~]+$", l)]
    assert not bad, bad[:3]


MANY = 1600  # lines of some 500 bytes: more than the ring and the pipe hold

with tap.test("nobody reads the log: nothing waits for it, lost lines are counted, then it goes on"):
    r, w = os.pipe()
    fcntl.fcntl(w, fcntl.F_SETPIPE_SZ, 8192)
    q = subprocess.Popen(start({"target": "stderr"}, "stalled"), stderr=w)
    os.close(w)
    try:
        first = b""
        while not re.search(rb"listening on \S+:(\d+)", first):
            first += os.read(r, 4096)
        port = int(re.search(rb"listening on \S+:(\d+)", first)[1])
        for i in range(MANY):
            say(port, long_hello(i))
        once(port)
        os.set_blocking(r, False)
        got = b""

        def more(done):
            global got
            try:
                got += os.read(r, 65536)
            except BlockingIOError:
                pass
            return done(got.decode())
        wait_until("all lines and the count of the lost ones",
                   lambda: more(lambda t: n_connections(t) + n_dropped(t) >= MANY + 1))
        q.terminate()
        assert q.wait(PATIENCE) == 0
        wait_until("the last line", lambda: more(lambda t: "Z info: ended: " in t))
        text = got.decode()
        only_whole_lines(text)
        assert n_dropped(text) > MANY / 10, n_dropped(text)
        assert n_connections(text) + n_dropped(text) == MANY + 1, (n_connections(text), n_dropped(text))
    finally:
        q.kill()
        os.close(r)



def children(pid):
    """Their pids by name."""
    return dict(titles(pid))


with tap.test("a worker is killed while nobody reads: what it said is there, and the count of the lost lines is right"):
    fifo = work.path("fifo")
    os.mkfifo(fifo)
    r = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
    fcntl.fcntl(r, fcntl.F_SETPIPE_SZ, 8192)
    q = subprocess.Popen(start({"target": "file:" + fifo}, "killed"))
    try:
        got = b""

        def so_far():
            global got
            try:
                while True:
                    got += os.read(r, 65536)
            except BlockingIOError:
                return got.decode()
        port = int(wait_until("the port", lambda: re.search(r"listening on \S+:(\d+)", so_far()))[1])
        for i in range(2):
            for k in range(MANY // 2):
                say(port, long_hello(k))
            with socket.create_connection((HOST, port), PATIENCE) as s:
                # whose answer shows that the worker is through with all before; it leaves no line
                s.settimeout(PATIENCE)
                s.sendall(client_hello(b"example.test", b"h2"))
                assert s.recv(1) == b"\x16"
                victim = children(q.pid)["quenchd: worker 0"]
                os.kill(victim, signal.SIGKILL)
                wait_until("another worker", lambda: children(q.pid).get("quenchd: worker 0", victim) != victim)
        once(port)
        wait_until("all lines and the count of the lost ones",
                   lambda: n_connections(so_far()) + n_dropped(so_far()) >= MANY + 1)
        q.terminate()
        assert q.wait(PATIENCE) == 0
        text = so_far()
        only_whole_lines(text)
        assert n_dropped(text) > MANY / 10, n_dropped(text)
        assert n_connections(text) + n_dropped(text) == MANY + 1, (n_connections(text), n_dropped(text))
        assert len(re.findall(r"worker 0 \(process \d+\) was killed by signal 9", text)) == 2
    finally:
        q.kill()
        os.close(r)

with tap.test("the disk is full: nothing waits for it, lines stay whole, lost ones are counted"):
    path = work.path("full.log")
    q = subprocess.Popen(start({"target": "file:" + path}, "full"), stderr=subprocess.PIPE)
    try:
        m = wait_until("the log file", lambda: os.path.exists(path) and
                       re.search(r"listening on \S+:(\d+)", read(path)))
        resource.prlimit(q.pid, resource.RLIMIT_FSIZE, (20000, resource.RLIM_INFINITY))
        for i in range(MANY):
            say(int(m[1]), long_hello(i))
        once(int(m[1]))
        assert os.path.getsize(path) <= 20000
        assert read(path).endswith("\n")
        resource.prlimit(q.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        wait_until("all lines and the count of the lost ones",
                   lambda: n_connections(read(path)) + n_dropped(read(path)) >= MANY + 1)
        text = read(path)
        only_whole_lines(text)
        assert n_dropped(text) > MANY / 10, n_dropped(text)
        assert n_connections(text) + n_dropped(text) == MANY + 1, (n_connections(text), n_dropped(text))
        q.terminate()
        assert q.wait(PATIENCE) == 0
        assert q.stderr.read() == b""
    finally:
        q.kill()
        q.stderr.close()

with tap.test("the log's reader is gone: nothing happens"):
    r, w = os.pipe()
    q = subprocess.Popen(start({"target": "stderr"}, "gone"), stderr=w)
    os.close(w)
    try:
        first = b""
        while not re.search(rb"listening on \S+:(\d+)", first):
            first += os.read(r, 4096)
        os.close(r)
        port = int(re.search(rb"listening on \S+:(\d+)", first)[1])
        once(port)
        once(port)
        q.terminate()
        assert q.wait(PATIENCE) == 0
    finally:
        q.kill()

tap.done()
