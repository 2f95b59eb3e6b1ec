"""clients.py - HTTP requests to a TLS server with each of the clients we test against.

Each function gives a Result: the bodies that came, and what that client says was negotiated (IANA names;
None when it doesn't say). A client that fails raises ClientError with all it said.

name is the server name that is sent as SNI and checked in the certificate, None: neither. Only the
version, suite, group and sign given are offered (a group may be a list, best first); None: the client's default.
cert: a Leaf to show when the server asks. rounds: how many requests on one connection. resume: a second
connection is made that resumes the first one; the result is the second's.
"""
import contextlib
import json
import os
import re
import select
import subprocess
import sys
import time

import algorithms
import tap
from algorithms import GROUPS, SUITES, found, listed, openssl_groups, suite_as  # noqa: F401
from quench import HOST, PATIENCE

HERE = os.path.dirname(os.path.abspath(__file__))
HEAD = r"HTTP/1\.[01] 200 .*?\r?\n\r?\n"


class ClientError(Exception):
    pass


class Result:
    def __init__(self, bodies, text, suite=None, group=None, sign=None, alpn=None):
        self.bodies, self.text, self.alpn = bodies, text, alpn
        self.suite, self.group, self.sign = suite, group, sign

    @property
    def body(self):
        return self.bodies[-1]


def split_bodies(data):
    """The bodies of the HTTP answers that stand in data, each as long as its Content-Length says."""
    found_bodies, at = [], 0
    for m in re.finditer(HEAD, data, re.S):
        if m.start() < at:
            continue
        length = re.search(r"(?i)content-length: (\d+)", m[0])
        end = m.end() + int(length[1]) if length else len(data)
        if end <= len(data):
            found_bodies.append(data[m.end():end])
        at = end
    return found_bodies


def bodies_of(data, n=1):
    found_bodies = split_bodies(data)
    if len(found_bodies) < n:
        raise ClientError("%d of %d HTTP answers in: %s" % (len(found_bodies), n, data))
    return found_bodies


def body_of(data):
    return bodies_of(data)[0]


def run(argv, stdin=None, env=None):
    p = subprocess.run(argv, input=stdin, capture_output=True, timeout=PATIENCE,
                       env=dict(os.environ, **(env or {})))
    return p.returncode, (p.stdout + p.stderr).decode("latin-1")


def converse(argv, said, until=None):
    """Runs a client that ends when its stdin does: stdin stays open until the client ended, or has said
    what until(output) wants; then it is killed, for some never end. said: what it gets on stdin, in pieces (or
    one); each waits until as many HTTP answers came. The exit status, None if killed."""
    said = [said] if isinstance(said, bytes) else list(said)
    p = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    out, end, n = b"", time.monotonic() + PATIENCE, 0
    try:
        while time.monotonic() < end and not (until and until(out)):
            while n < len(said) and (n == 0 or len(split_bodies(out.decode("latin-1"))) >= n):
                p.stdin.write(said[n])
                p.stdin.flush()
                n += 1
            if select.select([p.stdout], [], [], 1)[0]:
                more = os.read(p.stdout.fileno(), 65536)
                if not more:
                    return p.wait(PATIENCE), out.decode("latin-1")
                out += more
        return None, out.decode("latin-1")
    except BrokenPipeError:
        return p.wait(PATIENCE), (out + p.stdout.read()).decode("latin-1")
    finally:
        p.kill()
        p.wait()
        p.stdout.close()
        with contextlib.suppress(OSError):
            p.stdin.close()


def request(path, name, last=True):
    return ("GET %s HTTP/1.%d\r\nHost: %s\r\n\r\n" % (path, not last, name or "none")).encode()


def requests(path, name, rounds):
    return [request(path, name, i == rounds - 1) for i in range(rounds)]


def has_bodies(n):
    return lambda data: len(split_bodies(data.decode("latin-1"))) >= n


# ---- curl

def curl(port, ca, name, path, suite=None, group=None, alpn=None, more=(), version="1.3", cert=None,
         rounds=1, resume=False):
    url = "https://%s:%d%s" % (name, port, path)
    cmd = ["curl", "-sS", "-v", "--cacert", ca, "--tlsv" + version, "--tls-max", version,
           "--max-time", str(PATIENCE), "--noproxy", "*", "--resolve", "%s:%d:%s" % (name, port, HOST), "--http1.1"]
    if suite:
        cmd += ["--tls13-ciphers" if version == "1.3" else "--ciphers", suite_as("openssl", suite)]
    cmd += ["--curves", openssl_groups(group)] if group else []
    cmd += ["--no-alpn"] if alpn is None else []
    cmd += ["--cert", cert.chain, "--key", cert.key] if cert else []
    cmd += ["-H", "Connection: close"] if resume else []
    p = subprocess.run(cmd + list(more) + [url] * (2 if resume else rounds), capture_output=True,
                       timeout=PATIENCE * 2)
    said = p.stderr.decode("latin-1")
    if p.returncode != 0:
        raise ClientError("curl: %d\n%s" % (p.returncode, said))
    if rounds > 1 and said.count("SSL connection using") != 1:
        raise ClientError("curl: more than one connection\n" + said)
    return Result([p.stdout.decode("latin-1")], said,
                  suite=algorithms.suite_of_openssl(found(r"SSL connection using TLSv1\.\d / (\S+)", said)),
                  alpn=found(r"ALPN: server accepted (\S+)", said))


# ---- OpenSSL

def s_client(port, ca, name, path, suite=None, group=None, sign=None, alpn=None, more=(), version="1.3",
             sni=None, cert=None, rounds=1, resume=None):
    """sni: a name to send that is not checked. version None: all. resume: a file for the session."""
    if resume:
        s_client(port, ca, name, path, suite, group, sign, alpn, [*more, "-sess_out", resume], version, sni,
                 cert)
        more = [*more, "-sess_in", resume]
    cmd = ["openssl", "s_client", "-connect", "%s:%d" % (HOST, port), "-CAfile", ca, "-verify_return_error",
           "-ign_eof", "-no-CApath", "-no-CAstore"]
    cmd += ["-tls" + version.replace(".", "_")] if version else []
    sni = sni or name
    cmd += ["-servername", sni] if sni else ["-noservername"]
    cmd += ["-verify_hostname", name] if name else []
    if suite:
        cmd += ["-ciphersuites" if suite in SUITES else "-cipher", suite_as("openssl", suite)]
    cmd += ["-groups", openssl_groups(group)] if group else []
    cmd += ["-sigalgs", sign] if sign else []
    cmd += ["-alpn", alpn] if alpn else []
    cmd += ["-cert", cert.cert, "-cert_chain", cert.issuer, "-key", cert.key] if cert else []
    if rounds > 1:
        status, text = converse(cmd + list(more), requests(path, name, rounds))
    else:
        status, text = run(cmd + list(more), request(path, name))
    if status != 0 or "Verify return code: 0 (ok)" not in text:
        raise ClientError("s_client: %s\n%s" % (status, text))
    return Result(bodies_of(text, rounds), text,
                  suite=algorithms.suite_of_openssl(found(r"Cipher is (\S+)", text)),
                  group=algorithms.openssl_group(text), sign=algorithms.openssl_scheme(text),
                  alpn=found(r"ALPN protocol: (\S+)", text))


# ---- GnuTLS

def gnutls_cli(port, ca, name, path, suite=None, group=None, sign=None, alpn=None, more=(), version="1.3",
               cert=None, rounds=1, resume=False):
    cmd = ["gnutls-cli", "--x509cafile", ca, "-p", str(port), "--priority",
           algorithms.gnutls_priority(version, suite, group, sign)]
    cmd += ["--sni-hostname", name, "--verify-hostname", name] if name else ["--disable-sni"]
    cmd += ["--alpn=" + a for a in (alpn or "").split(",") if a]
    cmd += ["--x509certfile", cert.chain, "--x509keyfile", cert.key] if cert else []
    cmd += ["--resume", "--waitresumption"] if resume else []
    status, text = converse(cmd + list(more) + [HOST], requests(path, name, rounds))
    if status != 0 or "The certificate is trusted" not in text:
        raise ClientError("gnutls-cli: %s\n%s" % (status, text))
    suite, group, sign = algorithms.gnutls_said(text)
    return Result(bodies_of(text, rounds), text, suite=suite, group=group, sign=sign,
                  alpn=found(r"Application protocol: (\S+)", text))


# ---- Python's ssl, and libcurl with GnuTLS: scripts that take jobs as lines of JSON

class Script:
    """A script of tests/lib that runs on, with its environment."""

    def __init__(self, work, script, env):
        self.name, self.env = script, env
        self.popen = subprocess.Popen([sys.executable, os.path.join(HERE, script)], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, env=dict(os.environ, **env))
        work.processes.append(self)

    def do(self, **job):
        self.popen.stdin.write(json.dumps(job).encode() + b"\n")
        self.popen.stdin.flush()
        if not select.select([self.popen.stdout], [], [], 2 * PATIENCE)[0]:
            raise ClientError("%s: no answer" % self.name)
        said = json.loads(self.popen.stdout.readline() or '{"error": "ended"}')
        if "error" in said:
            raise ClientError("%s: %s" % (self.name, said["error"]))
        return said

    def log(self):
        return ""

    def kill(self):
        self.popen.kill()
        self.popen.wait()
        self.popen.stdin.close()
        self.popen.stdout.close()


def script(work, name, **env):
    """The one that runs with this environment; at most one of this name does."""
    old = next((p for p in work.processes if isinstance(p, Script) and p.name == name), None)
    if old and old.env == env and old.popen.poll() is None:
        return old
    if old:
        old.kill()
        work.processes.remove(old)
    return Script(work, name, env)


def openssl_conf(work, suite=None, group=None, sign=None):
    """A configuration for programs that can't be told otherwise."""
    lines = ["openssl_conf = top", "[top]", "ssl_conf = ssl", "[ssl]", "system_default = tls", "[tls]"]
    lines += ["Ciphersuites = " + suite] if suite in SUITES else []
    lines += ["Groups = " + openssl_groups(group)] if group else []
    lines += ["SignatureAlgorithms = " + sign] if sign else []
    text = "\n".join(lines) + "\n"
    return work.write("openssl-%08x.cnf" % (hash(text) & 0xffffffff), text)


def of_script(said, rounds=1):
    return Result(bodies_of(said["text"], rounds), said["text"], suite=said.get("suite"), alpn=said.get("alpn"))


def python(port, ca, name, path, suite=None, group=None, sign=None, alpn=None, work=None, version="1.3",
           cert=None, rounds=1, resume=False):
    p = script(work, "pyclient.py", OPENSSL_CONF=openssl_conf(work, suite, group, sign))
    said = p.do(port=port, ca=ca, name=name, path=path, version=version, alpn=alpn, rounds=rounds, resume=resume,
                cert=cert and [cert.chain, cert.key],
                ciphers=suite and suite not in SUITES and suite_as("openssl", suite))
    if said["version"] != "TLSv" + version or bool(resume) != said["reused"]:
        raise ClientError("python: %s" % said)
    said["suite"] = algorithms.suite_of_openssl(said["suite"])
    return of_script(said, rounds)


def require_curl_gnutls():
    if run([sys.executable, os.path.join(HERE, "curlgnutls.py"), "version"])[0] != 0:
        tap.missing("libcurl with GnuTLS")


def curl_gnutls(port, ca, name, path, work=None, version="1.3", cert=None, rounds=1, resume=False):
    """It can't be told suites and groups."""
    p = script(work, "curlgnutls.py")
    return of_script(p.do(port=port, ca=ca, name=name, path=path, version=version, rounds=rounds, resume=resume,
                          cert=cert and [cert.chain, cert.key]), 1 if resume else rounds)


# ---- NSS

def nss_tool(*argv):
    status, text = run(list(argv))
    if status != 0:
        raise RuntimeError("%s: %s" % (argv[0], text))


def nss_db(work, ca, leaf=None):
    """A certificate database that trusts ca, and has this leaf with its key; made once."""
    folder = work.path("nssdb")
    if not os.path.exists(folder):
        os.mkdir(folder)
        nss_tool("certutil", "-d", "sql:" + folder, "-N", "--empty-password")
        nss_tool("certutil", "-d", "sql:" + folder, "-A", "-n", "ca", "-t", "CT,,", "-i", ca)
    if leaf:
        p12 = os.path.join(folder, os.path.basename(leaf.cert) + ".p12")
        if not os.path.exists(p12):
            nss_tool("openssl", "pkcs12", "-export", "-in", leaf.chain, "-inkey", leaf.key, "-out", p12,
                     "-name", nss_nickname(leaf), "-passout", "pass:nss")
            nss_tool("pk12util", "-d", "sql:" + folder, "-i", p12, "-W", "nss")
    return folder


def nss_nickname(leaf):
    return os.path.basename(leaf.cert)


def tstclnt(port, ca, name, path, suite=None, group=None, work=None, version="1.3", cert=None, rounds=1,
            resume=False, more=()):
    cmd = ["tstclnt", "-d", "sql:" + nss_db(work, ca, cert), "-h", HOST, "-a", name, "-p", str(port),
           "-V", "tls%s:tls%s" % (version, version)]
    cmd += ["-c", suite_as("nss", suite)] if suite else []
    cmd += ["-I", ",".join(GROUPS[g]["nss"] for g in listed(group))] if group else []
    cmd += ["-n", nss_nickname(cert)] if cert else []
    cmd += list(more)
    if resume:
        file = work.write("nss-request", request(path, name))
        _, text = converse(cmd + ["-u", "-L", "2", "-A", file], b"", has_bodies(2))
    else:
        _, text = converse(cmd, requests(path, name, rounds), has_bodies(rounds))
    return Result(bodies_of(text, rounds), text, sign=found(r"Signature Scheme: (\S+)", text))
