"""clients.py - one HTTP request through quench with each of the TLS clients we test against.

Each function gives a Result: what came, and what that client says was negotiated (IANA names; None when
it doesn't say). A client that fails raises ClientError with all it said. name is the server name that
is sent as SNI and checked in the certificate, None: neither; suite, group, sign: only these are
offered (a group may be a list, best first); None: the client's default.
"""
import contextlib
import json
import os
import re
import select
import subprocess
import sys
import time

from quench import HOST, PATIENCE

SUITES = {
    "TLS_AES_128_GCM_SHA256": {"gnutls": "AES-128-GCM", "nss": ":1301"},
    "TLS_AES_256_GCM_SHA384": {"gnutls": "AES-256-GCM", "nss": ":1302"},
    "TLS_CHACHA20_POLY1305_SHA256": {"gnutls": "CHACHA20-POLY1305", "nss": ":1303"},
}
GROUPS = {
    "x25519": {"openssl": "X25519", "gnutls": "X25519", "nss": "x25519", "said": "X25519"},
    "secp256r1": {"openssl": "P-256", "gnutls": "SECP256R1", "nss": "P256", "said": "prime256v1"},
    "secp384r1": {"openssl": "P-384", "gnutls": "SECP384R1", "nss": "P384", "said": "secp384r1"},
    "secp521r1": {"openssl": "P-521", "gnutls": "SECP521R1", "nss": "P521", "said": "secp521r1"},
}


class ClientError(Exception):
    pass


class Result:
    def __init__(self, body, text, suite=None, group=None, sign=None, alpn=None):
        self.body, self.text, self.alpn = body, text, alpn
        self.suite, self.group, self.sign = suite, group, sign


def listed(group):
    return [group] if isinstance(group, str) else list(group or [])


def openssl_groups(group):
    return ":".join(GROUPS[g]["openssl"] for g in listed(group))


def found(pattern, text):
    m = re.search(pattern, text)
    return m and m[1]


def body_of(data):
    """The body of an HTTP answer that stands somewhere in data and goes on to its Content-Length."""
    m = re.search(r"HTTP/1\.[01] 200 .*?\r?\n\r?\n", data, re.S)
    if m is None:
        raise ClientError("no HTTP answer in: " + data)
    length = int(re.search(r"(?i)content-length: (\d+)", m[0])[1])
    return data[m.end():m.end() + length]


def has_body(data):
    m = re.search(rb"HTTP/1\.[01] 200 .*?\r?\n\r?\n", data, re.S)
    length = m and re.search(rb"(?i)content-length: (\d+)", m[0])
    return bool(length) and len(data) - m.end() >= int(length[1])


def run(argv, stdin=None, env=None):
    p = subprocess.run(argv, input=stdin, capture_output=True, timeout=PATIENCE,
                       env=dict(os.environ, **(env or {})))
    return p.returncode, (p.stdout + p.stderr).decode("latin-1")


def converse(argv, request, until=None):
    """Runs a client that ends when its stdin does: stdin stays open until the client ended, or has said
    what until(output) wants; then it is killed, for some never end. The exit status, None if killed."""
    p = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT)
    out, end = b"", time.monotonic() + PATIENCE
    try:
        p.stdin.write(request)
        p.stdin.flush()
        while time.monotonic() < end and not (until and until(out)):
            if select.select([p.stdout], [], [], 1)[0]:
                more = os.read(p.stdout.fileno(), 65536)
                if not more:
                    return p.wait(PATIENCE), out.decode("latin-1")
                out += more
        return None, out.decode("latin-1")
    finally:
        p.kill()
        p.wait()
        p.stdout.close()
        with contextlib.suppress(OSError):
            p.stdin.close()


def request(path, name):
    return ("GET %s HTTP/1.0\r\nHost: %s\r\n\r\n" % (path, name or "none")).encode()


def curl(port, ca, name, path, suite=None, group=None, alpn=None, more=()):
    url = "https://%s:%d%s" % (name, port, path)
    cmd = ["curl", "-sS", "-v", "--cacert", ca, "--tlsv1.3", "--max-time", str(PATIENCE),
           "--noproxy", "*", "--resolve", "%s:%d:%s" % (name, port, HOST), "--http1.1"]
    if suite:
        cmd += ["--tls13-ciphers", suite]
    if group:
        cmd += ["--curves", openssl_groups(group)]
    if alpn is None:
        cmd += ["--no-alpn"]
    p = subprocess.run(cmd + list(more) + [url], capture_output=True, timeout=PATIENCE * 2)
    said = p.stderr.decode("latin-1")
    if p.returncode != 0:
        raise ClientError("curl: %d\n%s" % (p.returncode, said))
    return Result(p.stdout.decode("latin-1"), said,
                  suite=found(r"SSL connection using TLSv1\.3 / (\S+)", said),
                  alpn=found(r"ALPN: server accepted (\S+)", said))


def openssl_sign(text):
    """The IANA name of what s_client calls peer signature type and digest."""
    kind, digest = found(r"Peer signature type: (\S+)", text), found(r"Peer signing digest: (\S+)", text)
    if kind is None or kind.lower() == "ed25519":
        return kind and kind.lower()
    digest = digest.lower()
    if kind == "ECDSA" or kind.startswith("ecdsa"):
        curve = {"sha256": "256", "sha384": "384", "sha512": "521"}[digest]
        return "ecdsa_secp%sr1_%s" % (curve, digest)
    return "rsa_pss_rsae_" + digest


def s_client(port, ca, name, path, suite=None, group=None, sign=None, alpn=None, more=(),
             version="-tls1_3", sni=None):
    """sni: a name to send that is not checked."""
    cmd = ["openssl", "s_client", "-connect", "%s:%d" % (HOST, port), version, "-CAfile", ca,
           "-verify_return_error", "-ign_eof", "-no-CApath", "-no-CAstore"]
    sni = sni or name
    cmd += ["-servername", sni] if sni else ["-noservername"]
    cmd += ["-verify_hostname", name] if name else []
    if suite:
        cmd += ["-ciphersuites", suite]
    if group:
        cmd += ["-groups", openssl_groups(group)]
    if sign:
        cmd += ["-sigalgs", sign]
    if alpn:
        cmd += ["-alpn", alpn]
    status, text = run(cmd + list(more), request(path, name))
    if status != 0 or "Verify return code: 0 (ok)" not in text:
        raise ClientError("s_client: %d\n%s" % (status, text))
    key = found(r"(?:Server|Peer) Temp Key: (?:ECDH, )?([^,\n]+)", text) or \
        found(r"Negotiated TLS1\.3 group: (\S+)", text)
    return Result(body_of(text), text,
                  suite=found(r"Cipher is (\S+)", text),
                  group=next((g for g in GROUPS if key in (GROUPS[g]["said"], g)), key),
                  sign=openssl_sign(text),
                  alpn=found(r"ALPN protocol: (\S+)", text))


def gnutls_sign(text):
    """The IANA name from GnuTLS's: ECDSA-SECP256R1-SHA256, RSA-PSS-RSAE-SHA256, EdDSA-Ed25519."""
    name = found(r"Description: \(TLS1\.3[^)]*\)-\([^)]*\)-\(([^)]*)\)", text)
    if name is None:
        return None
    return "ed25519" if "Ed25519" in name else name.lower().replace("-", "_")


def gnutls_cli(port, ca, name, path, suite=None, group=None, sign=None, alpn=None, more=()):
    priority = "NORMAL:-VERS-ALL:+VERS-TLS1.3"
    if suite:
        priority += ":-CIPHER-ALL:+" + SUITES[suite]["gnutls"]
    if group:
        priority += ":-GROUP-ALL" + "".join(":+GROUP-" + GROUPS[g]["gnutls"] for g in listed(group))
    if sign:
        priority += ":-SIGN-ALL" + "".join(":+SIGN-" + s for s in listed(sign))
    cmd = ["gnutls-cli", "--x509cafile", ca, "--priority", priority, "-p", str(port)]
    cmd += ["--sni-hostname", name, "--verify-hostname", name] if name else ["--disable-sni"]
    cmd += ["--alpn=" + a for a in (alpn or "").split(",") if a]
    status, text = converse(cmd + list(more) + [HOST], request(path, name))
    if status != 0 or "The certificate is trusted" not in text:
        raise ClientError("gnutls-cli: %d\n%s" % (status, text))
    group = found(r"Description: \(TLS1\.3[^)]*\)-\(ECDHE-([^)]*)\)", text)
    cipher = found(r"Description: \(TLS1\.3.*-\(([^)]*)\)\s", text)
    return Result(body_of(text), text,
                  suite=next((s for s in SUITES if SUITES[s]["gnutls"] == cipher), cipher),
                  group=next((g for g in GROUPS if GROUPS[g]["gnutls"] == group), group),
                  sign=gnutls_sign(text),
                  alpn=found(r"Application protocol: (\S+)", text))


def python(port, ca, name, path, suite=None, group=None, sign=None, alpn=None, work=None):
    lines = ["openssl_conf = top", "[top]", "ssl_conf = ssl", "[ssl]", "system_default = tls", "[tls]"]
    if suite:
        lines.append("Ciphersuites = " + suite)
    if group:
        lines.append("Groups = " + openssl_groups(group))
    if sign:
        lines.append("SignatureAlgorithms = " + sign)
    conf = work.write("openssl-client.cnf", "\n".join(lines) + "\n")
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pyclient.py")
    status, text = run([sys.executable, script, str(port), name, ca, path] + ([alpn] if alpn else []),
                       env={"OPENSSL_CONF": conf})
    if status != 0:
        raise ClientError("python: %d\n%s" % (status, text))
    said = json.loads(text)
    assert said["version"] == "TLSv1.3"
    return Result(body_of(said["text"]), text, suite=said["suite"], alpn=said["alpn"])


def nss_db(work, ca):
    """A certificate database that trusts ca; made once."""
    folder = work.path("nssdb")
    if not os.path.exists(folder):
        os.mkdir(folder)
        for args in (["-N", "--empty-password"], ["-A", "-n", "ca", "-t", "C,,", "-i", ca]):
            status, text = run(["certutil", "-d", "sql:" + folder] + args)
            if status != 0:
                raise RuntimeError("certutil: " + text)
    return folder


def tstclnt(port, ca, name, path, suite=None, group=None, work=None):
    cmd = ["tstclnt", "-d", "sql:" + nss_db(work, ca), "-h", HOST, "-a", name, "-p", str(port),
           "-V", "tls1.3:tls1.3"]
    if suite:
        cmd += ["-c", SUITES[suite]["nss"]]
    if group:
        cmd += ["-I", ",".join(GROUPS[g]["nss"] for g in listed(group))]
    _, text = converse(cmd, request(path, name), has_body)
    return Result(body_of(text), text, sign=found(r"Signature Scheme: (\S+)", text))
