"""/metrics and the status page: what is counted, in Prometheus' format; what survives a worker; the page in Chromium."""
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import quench
import tap

NAME = "www.example.com"
SAMPLE = re.compile(r'^([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? ([-+0-9.e]+|[+-]Inf|NaN)$')


class Metrics:
    """One scrape: [(name, labels, value)], checked line by line."""

    def __init__(self, address):
        with urllib.request.urlopen("http://%s/metrics" % address, timeout=quench.PATIENCE) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
            self.text = answer.read().decode()
        self.samples, self.types = [], {}
        for line in self.text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split()
                assert name not in self.types, line
                self.types[name] = kind
            elif not line.startswith("# HELP "):
                m = SAMPLE.match(line)
                assert m, line
                labels = dict(re.findall(r'([a-z_]+)="((?:[^"\\]|\\.)*)"', m[2] or ""))
                self.samples.append((m[1], labels, float(m[3])))
        for name, _, _ in self.samples:
            base = re.sub("_(bucket|sum|count)$", "", name)
            assert name in self.types or self.types.get(base) == "histogram", name

    def get(self, name, **labels):
        return sum(v for n, has, v in self.samples
                   if n == "quench_" + name and all(has.get(k) == x for k, x in labels.items()))


def converse(w, port, version=ssl.TLSVersion.TLSv1_3, session=None):
    context = ssl.create_default_context(cafile=w.pki.ca)
    context.maximum_version = version
    with socket.create_connection((quench.HOST, port), quench.PATIENCE) as s:
        with context.wrap_socket(s, server_hostname=NAME, session=session) as tls:
            tls.sendall(b"ping")
            assert tls.recv(4) == b"ping"
            return tls.session


def fail(port):
    """A client with nothing in common."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-SHA")
    try:
        with socket.create_connection((quench.HOST, port), quench.PATIENCE) as s:
            context.wrap_socket(s)
    except (ssl.SSLError, OSError):
        return
    raise AssertionError("it was served")


def check_counts(w, q, address):
    for _ in range(3):
        converse(w, q.ports["web"])
    context = ssl.create_default_context(cafile=w.pki.ca)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    session = None
    for _ in range(2):
        with socket.create_connection((quench.HOST, q.ports["web"]), quench.PATIENCE) as s:
            with context.wrap_socket(s, server_hostname=NAME, session=session) as tls:
                tls.sendall(b"ping")
                tls.recv(4)
                session = tls.session
    fail(q.ports["web"])
    m = quench.wait_until("all to be counted", lambda: next(
        (x for x in [Metrics(address)] if x.get("connections_open") == 0 and x.get("connections_total") == 6), None))
    assert m.get("handshakes_total", version="TLS1.3", resumed="false", service="web") == 3, m.text
    assert m.get("handshakes_total", version="TLS1.2", resumed="false") == 1, m.text
    assert m.get("handshakes_total", version="TLS1.2", resumed="true") == 1, m.text
    assert m.get("handshakes_total", suite="TLS_AES_128_GCM_SHA256") + m.get(
        "handshakes_total", suite="TLS_AES_256_GCM_SHA384") == 3, m.text
    assert m.get("tickets_total", result="resumed") == 1, m.text
    failures = [has for n, has, v in m.samples if n == "quench_handshake_failures_total" and v]
    assert len(failures) == 1 and "cipher" in failures[0]["reason"], failures
    assert m.get("bytes_total", direction="in") == m.get("bytes_total", direction="out") == 20, m.text
    assert m.get("backend_connects_total", backend="127.0.0.1:%d" % q.backend_port) == 5, m.text
    assert m.get("handshake_duration_seconds_count") == 5 and m.get("connection_duration_seconds_count") == 6, m.text
    assert m.get("handshake_duration_seconds_bucket", le="+Inf") == 5, m.text
    assert m.get("keeper_requests_total") == 4, m.text
    assert m.get("build_info") == 1 and m.get("worker_up") == 2 and m.get("log_dropped_total") == 0, m.text


def check_expiry(w, address, leaf):
    m = Metrics(address)
    end = subprocess.run(["openssl", "x509", "-in", leaf.cert, "-noout", "-enddate", "-dateopt", "iso_8601"],
                         capture_output=True, text=True, check=True).stdout.strip().split("=")[1]
    seconds = int(subprocess.run(["date", "-d", end, "+%s"], capture_output=True, text=True, check=True).stdout)
    # the first of its chain, which may be the issuer
    assert 1.7e9 < m.get("certificate_not_after_timestamp_seconds", names=NAME, service="web") <= seconds, (m.text, seconds)
    assert m.get("certificate_aside", service="web") == 1, m.text


def check_rules(address):
    """The rules that come along speak of metrics there are; promtool, where it is, likes both."""
    rules = os.path.join(os.environ.get("top_srcdir", "."), "conf", "examples", "alerts.yml")
    m = Metrics(address)
    with open(rules) as f:
        names = set(re.findall(r"\bquench_\w+", f.read()))
    assert len(names) > 5, names
    for name in names:
        assert "# TYPE %s " % name in m.text, name
    if shutil.which("promtool"):
        for argv, text in ((["metrics"], m.text), (["rules", rules], None)):
            done = subprocess.run(["promtool", "check", *argv], input=text, capture_output=True, text=True)
            assert done.returncode == 0 and not done.stderr, done


def check_backend_down(w, q, address):
    try:
        converse(w, q.ports["dead"])
    except (ssl.SSLError, OSError):
        pass
    m = quench.wait_until("the failure", lambda: next(
        (x for x in [Metrics(address)] if x.get("backend_failures_total", service="dead") == 1), None))
    assert m.get("connection_ends_total", service="dead") == 1, m.text
    top = q.ask("top", "--once")
    assert re.search(r"^BACKENDS THAT TOOK NO CONNECTION .*\ndead 127\.0\.0\.1:\d+ +1 +0\.0$", top, re.M), top


def check_death(w, q, address):
    """What a worker has counted stays; what it had open is open no more."""
    before = Metrics(address)
    workers = [x["pid"] for x in q.ask_json("status")[0]["workers"]]
    with socket.create_connection((quench.HOST, q.ports["web"])):
        quench.wait_until("it to be open", lambda: Metrics(address).get("connections_open") == 1)
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        quench.wait_until("others", lambda: all(x["pid"] not in workers and x["state"] == "running"
                                                for x in q.ask_json("status")[0]["workers"]))
        after = Metrics(address)
        assert after.get("connections_open") == 0, after.text
        assert after.get("connections_total") == before.get("connections_total") + 1, after.text
        assert after.get("worker_restarts_total") == 2, after.text


def check_http(address):
    def status(method, path):
        request = urllib.request.Request("http://%s%s" % (address, path), method=method)
        try:
            with urllib.request.urlopen(request, timeout=quench.PATIENCE) as answer:
                return answer.status
        except urllib.error.HTTPError as e:
            return e.code
    assert status("GET", "/") == 200 and status("GET", "/x") == 404 and status("POST", "/metrics") == 501
    # many that say nothing keep nobody else waiting
    idle = [socket.create_connection(address.rsplit(":", 1)) for _ in range(50)]
    assert status("GET", "/metrics") == 200
    for s in idle:
        s.close()


def check_manual(address):
    with open(os.path.join(os.environ["top_srcdir"], "doc", "quenchd.8")) as f:
        text = f.read()
    told = set(re.findall(r"^\.It Cm (quench_\w+)", text, re.M))
    assert told == set(Metrics(address).types), told ^ set(Metrics(address).types)


def check_page(w, address):
    argv = quench.CHROMIUM + ["--virtual-time-budget=8000", "--user-data-dir=" + w.path("chromium")]
    url = "http://%s/" % address
    env = dict(os.environ, HOME=w.folder)
    done = subprocess.run(argv + ["--dump-dom", url], capture_output=True, text=True, env=env, timeout=quench.PATIENCE)
    page = done.stdout
    for part in ("live, every 2 s", ">web<", "TLS1.3, TLS_AES_", "worker 1", "last reload", ">" + NAME + "<", "set aside: "):
        assert part in page, (part, page[-4000:], done.stderr[-500:])
    assert page.count("<polyline") == 5, page[-4000:]
    picture = w.path("page.png")
    subprocess.run(argv + ["--window-size=1200,1000", "--screenshot=" + picture, url], capture_output=True, env=env,
                   timeout=quench.PATIENCE, check=True)
    with open(picture, "rb") as f:
        data = f.read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) > 20000, len(data)


def main():
    tap.require("chromium")
    w = quench.Work()
    backend = quench.Backend(quench.echo)
    leaf = w.pki.leaf("p256", NAME)
    web = quench.service("web", [leaf], backend.port)
    web["certificates"] += ({"chain": w.path("missing.pem"), "key": w.path("missing.key")},)
    web["certificates"] *= 2
    services = [web, quench.service("dead", [leaf], quench.closed_port())]
    address = "%s:%d" % (quench.HOST, quench.free_port())
    q = quench.Quenchd(w, *services, more={"workers": 2, "admin": {"socket": w.path("quenchd-admin.sock"), "http": address}})
    q.backend_port = backend.port
    tap.check("connections, handshakes, failures, bytes, tickets", lambda: check_counts(w, q, address))
    tap.check("certificates: when they expire, which are set aside", lambda: check_expiry(w, address, leaf))
    tap.check("a backend that takes nothing", lambda: check_backend_down(w, q, address))
    tap.check("a worker's death takes nothing along", lambda: check_death(w, q, address))
    tap.check("only GET, only two paths", lambda: check_http(address))
    tap.check("quenchd(8) lists the metrics, and no others", lambda: check_manual(address))
    tap.check("the rules for Prometheus", lambda: check_rules(address))
    tap.check("the page, live, in Chromium", lambda: check_page(w, address))
    tap.check("it ends well", q.check_end)
    tap.done()


main()
