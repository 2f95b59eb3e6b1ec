"""Browsers, headless: Chromium and Firefox ESR load a page through quenchd, with its certificate verified, and agree
on keys by X25519MLKEM768 without another round trip; the demo's page says so, in text and as a picture. Nothing is
resolved but localhost, and nothing else is asked for."""
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import zlib

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import quench
import tap

PAGE = b"<!doctype html><title>t</title><h1>a page through quench</h1>"
HYBRID = "X25519MLKEM768"
WIDTH, HEIGHT = 800, 600
# What Firefox would look for outside.
QUIET = ("network.captive-portal-service.enabled", "network.connectivity-service.enabled", "app.update.enabled",
         "datareporting.policy.dataSubmissionEnabled", "browser.shell.checkDefaultBrowser",
         "services.settings.enabled", "browser.safebrowsing.update.enabled")


def serve_page(conn):
    request = b""
    while b"\r\n\r\n" not in request:
        data = conn.recv(65536)
        if not data:
            return
        request += data
    conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" %
                 len(PAGE) + PAGE)


def trust(folder, ca):
    """A certificate store of NSS with this CA."""
    os.makedirs(folder)
    for argv in (["-N", "--empty-password"], ["-A", "-n", "ca", "-t", "C,,", "-i", ca]):
        subprocess.run(["certutil", "-d", "sql:" + folder] + argv, check=True, stdin=subprocess.DEVNULL,
                       capture_output=True)


class Bench:
    def __init__(self):
        self.work = w = quench.Work()
        self.backend = quench.Backend(serve_page)
        self.home = w.path("home")
        trust(os.path.join(self.home, ".pki", "nssdb"), w.pki.ca)
        leaf = w.pki.leaf("p256", "localhost")
        self.q = quench.Quenchd(
            w, quench.service("plain", [leaf], self.backend.port),
            quench.service("x25519", [leaf], self.backend.port, groups=["x25519"]),
            log={"format": "json"})
        self.n = 0

    def run(self, argv):
        """Its output; the browser and all that it has started are gone then."""
        env = dict(os.environ, HOME=self.home, MOZ_CRASHREPORTER_DISABLE="1")
        p = subprocess.Popen(argv, env=env, cwd=self.work.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, start_new_session=True)
        try:
            out, _ = p.communicate(timeout=quench.PATIENCE)
        finally:
            try:
                os.killpg(p.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            p.wait()
        return out.decode(errors="replace")

    def fresh(self, name):
        self.n += 1
        return self.work.path("%s-%d" % (name, self.n))

    def chromium(self, url, *more):
        return self.run(quench.CHROMIUM + ["--window-size=%d,%d" % (WIDTH, HEIGHT),
                                           "--user-data-dir=" + self.fresh("chromium")] + list(more) + [url])

    def firefox(self, url, picture):
        profile = self.fresh("firefox")
        trust(profile, self.work.pki.ca)
        with open(os.path.join(profile, "user.js"), "w") as f:
            f.write("".join('user_pref("%s", false);\n' % key for key in QUIET))
        return self.run(["firefox-esr", "--headless", "--no-remote", "--profile", profile, "--window-size",
                         "%d,%d" % (WIDTH, HEIGHT), "--screenshot", picture, url])

    def url(self, service):
        return "https://localhost:%d/" % self.q.ports[service]

    def logged(self, since):
        """The log's record of the connection that the page went through."""
        def look():
            return next((line for line in self.q.ended(1, since) if line["out"] > 0), None)
        return quench.wait_until("a connection with data", look)


def pixels(path):
    """Width, height, and how many colours stand in a PNG: a page with text has more than one."""
    with open(path, "rb") as f:
        data = f.read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n", data[:8]
    at, packed = 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
        packed += body if kind == b"IDAT" else b""
        at += 12 + length
    assert depth == 8 and colour in (2, 6), (depth, colour)
    rows, line = zlib.decompress(packed), 1 + width * (3 if colour == 2 else 4)
    assert len(rows) == line * height
    return width, height, len({rows[i:i + line] for i in range(0, len(rows), line)})


def check_picture(path):
    width, height, n_rows = pixels(path)
    assert width == WIDTH, (width, height)
    assert height > HEIGHT / 2, (width, height)
    assert n_rows > 20, "all but %d rows are the same" % n_rows


def loads_a_page(b, name, load):
    for service, group in (("plain", HYBRID), ("x25519", "x25519")):
        with tap.test("%s, service %s: %s, certificate verified" % (name, service, group)):
            since = b.q.log_size()
            load(b.url(service))
            line = b.logged(since)
            assert line["group"] == group, line
            assert line["version"] == "TLS1.3" and not line["resumed"], line
            assert line["sni"] == "localhost", line


def chromium(b):
    def load(url):
        out = b.chromium(url, "--dump-dom")
        assert "a page through quench" in out, out
    loads_a_page(b, "Chromium", load)
    with tap.test("Chromium refuses the certificate when it doesn't know the CA"):
        shutil.move(os.path.join(b.home, ".pki"), os.path.join(b.home, "away"))
        try:
            out = b.chromium(b.url("plain"), "--dump-dom")
            assert "a page through quench" not in out, out
        finally:
            shutil.rmtree(os.path.join(b.home, ".pki"), ignore_errors=True)
            shutil.move(os.path.join(b.home, "away"), os.path.join(b.home, ".pki"))


def firefox(b):
    def load(url):
        picture = b.fresh("firefox") + ".png"
        out = b.firefox(url, picture)
        assert os.path.exists(picture), out
    loads_a_page(b, "Firefox ESR", load)


def demo(b):
    """Its certificate is known to nobody."""
    p = quench.Process(b.work, "demo", [quench.QUENCHD, "--demo"])
    url = quench.wait_until("the demo's address", lambda: re.search(r"https://localhost:\d+/", p.log()))[0]
    with tap.test("the demo's page: version, suite, group, post-quantum"):
        out = b.chromium(url, "--ignore-certificate-errors", "--dump-dom")
        for name, value in (("version", "TLS1.3"), ("suite", "TLS_AES_128_GCM_SHA256"), ("group", HYBRID),
                            ("post-quantum", "yes"), ("hello retry", "no"), ("server name", "localhost")):
            assert "<tr><th>%s</th><td>%s</td></tr>" % (name, value) in out, (name, out)
        assert "stays unreadable when there are quantum computers" in out, out
    with tap.test("a picture of it, and the log says " + HYBRID):
        picture = os.environ.get("QUENCH_PICTURE", b.work.path("demo.png"))
        out = b.chromium(url, "--ignore-certificate-errors", "--screenshot=" + picture)
        assert os.path.exists(picture), out
        check_picture(picture)
        assert "group=" + HYBRID in p.log(), p.log()
        assert "group=x25519" not in p.log(), p.log()
    with tap.test("the demo ends"):
        assert p.stop() == 0


tap.require("openssl", "certutil")
bench = Bench()
for program, func in (("chromium", chromium), ("firefox-esr", firefox), ("chromium", demo)):
    if shutil.which(program):
        func(bench)
    else:
        tap.skip(func.__name__, "missing: " + program)
with tap.test("quenchd ends, and no sanitizer has anything to say"):
    bench.q.check_end()
tap.done()
