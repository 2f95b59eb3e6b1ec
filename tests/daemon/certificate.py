#!/usr/bin/env python3
"""quenchctl certificate: what it makes is asked of openssl (-x509_strict), certtool and quenchctl verify --strict, for
each type of key; quenchd and openssl s_client talk over it; files, limits of the issuer, calls that are wrong."""
import hashlib
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "lib"))

import quench
import tap

QUENCHCTL = os.path.join(quench.TOP, "quenchctl")
TYPES = ["p256", "p384", "p521", "ed25519", "rsa2048", "rsa3072"]
SIGNED = {"p256": "ecdsa-with-SHA256", "p384": "ecdsa-with-SHA384", "p521": "ecdsa-with-SHA512", "ed25519": "ED25519",
          "rsa2048": "sha256WithRSAEncryption", "rsa3072": "sha256WithRSAEncryption"}
KEYS = {"p256": "ASN1 OID: prime256v1", "p384": "ASN1 OID: secp384r1", "p521": "ASN1 OID: secp521r1",
        "ed25519": "ED25519 Public-Key", "rsa2048": "Public-Key: (2048 bit)", "rsa3072": "Public-Key: (3072 bit)"}


def run(*argv, stdin=""):
    done = subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=quench.PATIENCE)
    assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
    return done


def good(*argv):
    done = run(*argv)
    assert done.returncode == 0, " ".join(argv) + "\n" + done.stdout + done.stderr
    return done.stdout + done.stderr


class Maker:
    def __init__(self, work):
        self.work = work

    def path(self, name):
        return self.work.path(name)

    def read(self, name):
        with open(self.path(name)) as f:
            return f.read()

    @staticmethod
    def remove(paths):
        for path in paths:
            if os.path.exists(path):
                os.unlink(path)

    def call(self, name, *args):
        """quenchctl certificate into name.pem and name.key."""
        return run(QUENCHCTL, "certificate", *args, "--out", self.path(name + ".pem"), "--key-out",
                   self.path(name + ".key"))

    def make(self, name, *args, issuer=None):
        if issuer:
            args += ("--issuer", self.path(issuer + ".pem"), "--issuer-key", self.path(issuer + ".key"))
        done = self.call(name, *args)
        assert done.returncode == 0 and done.stdout + done.stderr == "", (args, done.stdout, done.stderr)

    def text(self, name, *what):
        return good("openssl", "x509", "-in", self.path(name + ".pem"), "-noout", *(what or ("-text",)))

    def accepted(self, anchor, name, purpose="server", between=None, host=None):
        """By openssl, strictly, and by us, strictly; the answer of each."""
        theirs = ["openssl", "verify", "-x509_strict", "-check_ss_sig", "-purpose", "ssl" + purpose, "-CAfile",
                  self.path(anchor + ".pem")]
        theirs += ["-untrusted", self.path(between + ".pem")] if between else []
        theirs += ["-verify_hostname", host] if host else []
        ours = [QUENCHCTL, "verify", "--strict", "--purpose", purpose, "--trust", self.path(anchor + ".pem")]
        ours += ["--name", "dns:" + host] if host else []
        return run(*theirs, self.path(name + ".pem")), run(*ours, self.path(name + ".pem"))

    def check(self, *args, **more):
        for done in self.accepted(*args, **more):
            assert done.returncode == 0, done.stdout + done.stderr

    def certtool(self, anchor, name):
        """GnuTLS takes the whole chain, its own root behind it."""
        chain = self.work.write("certtool.pem", self.read(name + ".pem"))
        out = good("certtool", "--verify", "--load-ca-certificate", self.path(anchor + ".pem"), "--infile", chain)
        assert "Chain verification output: Verified. The certificate is trusted." in out, out


def each_type(m):
    for kind in TYPES:
        name = "try-" + kind
        with tap.test(kind + ": self-signed, good for openssl and for us, its key for openssl and certtool"):
            m.make(name, "--name", "dns:try.example", "--name", "ip:127.0.0.1", "--key-type", kind)
            m.check(name, name, host="try.example")
            assert "Key is valid" in good("openssl", "pkey", "-in", m.path(name + ".key"), "-check", "-noout")
            good("certtool", "-k", "--infile", m.path(name + ".key"))
            text = m.text(name)
            assert text.count("Signature Algorithm: " + SIGNED[kind]) == 2 and KEYS[kind] in text, text
        with tap.test(kind + ": a CA, one below it, a server and a client, for openssl, certtool and us"):
            m.make("root-" + kind, "--ca", "--common-name", "Root", "--key-type", kind)
            m.make("middle-" + kind, "--ca", "--common-name", "Middle", "--key-type", kind, "--max-depth", "0",
                   issuer="root-" + kind)
            m.make("server-" + kind, "--name", "dns:www.example", "--key-type", kind, issuer="middle-" + kind)
            m.make("client-" + kind, "--common-name", "someone", "--purpose", "client", "--key-type", kind,
                   issuer="root-" + kind)
            m.check("root-" + kind, "server-" + kind, between="middle-" + kind, host="www.example")
            m.check("root-" + kind, "client-" + kind, purpose="client")
            m.certtool("root-" + kind, "server-" + kind)
            m.certtool("root-" + kind, "client-" + kind)
            for theirs in m.accepted("root-" + kind, "client-" + kind, purpose="server"):
                assert theirs.returncode != 0, "a client's certificate is good for a server"


def extensions(m):
    def ext(name):
        out = m.text(name, "-ext", "basicConstraints,keyUsage,extendedKeyUsage,subjectAltName,nameConstraints")
        return re.sub(r"\s+", " ", out).strip()

    with tap.test("the extensions of a CA, a limited CA, a server, an RSA server and a client"):
        m.make("both", "--name", "email:me@example.com", "--name", "dns:*.example.com", "--purpose", "both")
        assert ext("root-p256") == ("X509v3 Basic Constraints: critical CA:TRUE X509v3 Key Usage: critical "
                                    "Certificate Sign, CRL Sign"), ext("root-p256")
        assert "CA:TRUE, pathlen:0 " in ext("middle-p256")
        assert ext("server-p256") == ("X509v3 Basic Constraints: critical CA:FALSE X509v3 Key Usage: critical "
                                      "Digital Signature X509v3 Extended Key Usage: TLS Web Server Authentication "
                                      "X509v3 Subject Alternative Name: DNS:www.example"), ext("server-p256")
        assert "Digital Signature, Key Encipherment " in ext("server-rsa2048")
        assert ext("client-p256").endswith("Extended Key Usage: TLS Web Client Authentication"), ext("client-p256")
        assert ext("both").endswith("TLS Web Server Authentication, TLS Web Client Authentication X509v3 Subject "
                                    "Alternative Name: email:me@example.com, DNS:*.example.com"), ext("both")
    with tap.test("key identifiers: the issuer's is what its certificate has; RFC 7093 section 2, method 1"):
        def ids(name, which):
            return re.findall(r"(?:[0-9A-F]{2}:){19}[0-9A-F]{2}", m.text(name, "-ext", which))
        own = {n: ids(n, "subjectKeyIdentifier") for n in ("root-p256", "middle-p256", "server-p256")}
        assert ids("middle-p256", "authorityKeyIdentifier") == own["root-p256"]
        assert ids("server-p256", "authorityKeyIdentifier") == own["middle-p256"]
        spki = subprocess.run(["openssl", "pkey", "-in", m.path("root-p256.key"), "-pubout", "-outform", "DER"],
                              capture_output=True, check=True).stdout
        assert own["root-p256"][0].replace(":", "").lower() == hashlib.sha256(spki[-65:]).hexdigest()[:40]
    with tap.test("serial numbers have twenty bytes, positive, and no two are the same"):
        serials = [m.text(n, "-serial").strip().split("=")[1] for n in ("root-p256", "middle-p256", "server-p256", "both")]
        assert len(set(serials)) == 4 and all(len(s) == 40 and s[0] in "4567" for s in serials), serials


def dates(m):
    def ends(name):
        return m.text(name, "-dates", "-dateopt", "iso_8601").split()

    with tap.test("--from and --days say when"):
        m.make("dated", "--name", "dns:a.example", "--from", "2031-05-01T00:00:00+02:00", "--days", "2")
        assert ends("dated") == ["notBefore=2031-04-30", "22:00:00Z", "notAfter=2031-05-02", "21:59:59Z"], ends("dated")
    with tap.test("from 2050 on, too"):
        m.make("late", "--ca", "--common-name", "Late", "--from", "2049-12-31T23:59:59Z", "--days", "36500")
        assert ends("late") == ["notBefore=2049-12-31", "23:59:59Z", "notAfter=2149-12-07", "23:59:58Z"], ends("late")
    with tap.test("a certificate ends with its issuer"):
        m.make("short", "--ca", "--common-name", "Short", "--days", "3")
        m.make("longer", "--name", "dns:a.example", "--days", "30", issuer="short")
        assert ends("longer")[2:] == ends("short")[2:]
        m.check("short", "longer")


def keys(m):
    made = {"sec1": ["ecparam", "-name", "secp384r1", "-genkey", "-noout"], "pkcs1": ["genrsa", "-traditional", "2048"],
            "pkcs8": ["genpkey", "-algorithm", "ed25519"]}
    for name, args in made.items():
        with tap.test("a key that openssl made, as " + name):
            good("openssl", args[0], "-out", m.path(name + ".key"), *args[1:])
            argv = [QUENCHCTL, "certificate", "--name", "dns:a.example", "--key", m.path(name + ".key"), "--out",
                    m.path(name + ".pem")]
            assert good(*argv) == ""
            m.check(name, name, host="a.example")
            theirs = good("openssl", "pkey", "-in", m.path(name + ".key"), "-pubout")
            assert m.text(name, "-pubkey") == theirs


def files(m):
    with tap.test("the key is for its owner alone, whatever the umask"):
        done = run("sh", "-c", 'umask 0; exec "$0" "$@"', QUENCHCTL, "certificate", "--name", "dns:a.example", "--out",
                   m.path("open.pem"), "--key-out", m.path("open.key"))
        assert done.returncode == 0 and os.stat(m.path("open.key")).st_mode & 0o777 == 0o600, done.stderr
    for there, gone in (("open.pem", "new.key"), ("new.pem", "open.key")):
        with tap.test("%s that is there stays as it is, and no file is left" % there.split(".")[1 if "open" in there else 0]):
            before = m.read("open.pem") + m.read("open.key")
            done = run(QUENCHCTL, "certificate", "--name", "dns:a.example", "--out", m.path(there), "--key-out", m.path(gone))
            taken = m.path(there if there.startswith("open") else gone)
            assert done.returncode == 2 and done.stderr == "quenchctl certificate: %s: File exists\n" % taken, done.stderr
            assert m.read("open.pem") + m.read("open.key") == before
            assert not os.path.exists(m.path("new.pem")) and not os.path.exists(m.path("new.key"))
    with tap.test("a link is not followed"):
        os.symlink(m.path("victim.key"), m.path("link.key"))
        assert m.call("link", "--name", "dns:a.example").returncode == 2
        assert not os.path.exists(m.path("victim.key")) and not os.path.exists(m.path("link.pem"))


def interrupted(m):
    pair = [m.path("cut.pem"), m.path("cut.key")]
    cmd = [QUENCHCTL, "certificate", "--name", "dns:a.example", "--out", pair[0], "--key-out", pair[1]]
    with tap.test("who interrupts it while it makes a large key finds no files"):
        for _ in range(20):  # the key may be found by luck before it is interrupted
            done = subprocess.Popen(cmd + ["--key-type", "rsa4096"])
            quench.wait_until("the key to be begun", lambda: cpu_ticks(done.pid) >= 2 or done.poll() is not None)
            done.send_signal(signal.SIGINT)
            if done.wait(quench.PATIENCE) != 0:
                break
            m.remove(pair)
        assert done.returncode == -signal.SIGINT and not any(map(os.path.exists, pair)), (done.returncode, pair)
    with tap.test("whenever it is interrupted, both files are there and whole, or none"):
        for n in range(40):
            done = subprocess.Popen(cmd)
            time.sleep(n / 2000)
            done.send_signal(signal.SIGINT)
            assert done.wait(quench.PATIENCE) in (0, -signal.SIGINT), done.returncode
            there = [os.path.exists(path) and os.path.getsize(path) > 200 for path in pair]
            assert there[0] == there[1] == os.path.exists(pair[0]), there
            m.remove(pair)


def cpu_ticks(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            return int(f.read().rsplit(")", 1)[1].split()[11])
    except OSError:
        return 0


def refused(m, what, text, *args):
    with tap.test(what):
        done = m.call("no", *args)
        assert done.returncode == 2 and done.stdout == "", done.stdout
        assert done.stderr == "quenchctl certificate: %s\n" % text.replace("$", m.path("")), done.stderr
        assert not os.path.exists(m.path("no.pem")) and not os.path.exists(m.path("no.key"))


def refusals(m):
    def by(name, key=None):
        return ["--issuer", m.path(name + ".pem"), "--issuer-key", m.path((key or name) + ".key")]

    www = ["--name", "dns:a.example"]
    refused(m, "an issuer that is no CA", "$server-p256.pem: issuer may not sign certificates", *www, *by("server-p256"))
    refused(m, "a CA below one that may have none", "$middle-p256.pem: issuer may have no CA below it", "--ca",
            "--common-name", "x", *by("middle-p256"))
    refused(m, "a key that isn't the issuer's", "$root-p256.pem: private key does not match the certificate", *www,
            *by("root-p256", "root-p384"))
    refused(m, "an issuer that ends before", "$short.pem: issuer is expired before the certificate begins", *www, "--from",
            "2035-01-01T00:00:00Z", *by("short"))
    m.work.write("broken.pem", "x\n" + m.read("root-p256.pem").replace("MII", "M*I", 1))
    refused(m, "an issuer that can't be read", "$broken.pem:3: malformed PEM", *www, *by("broken", "root-p256"))
    refused(m, "an issuer that is a key", "$root-p256.key: no certificate found", *www, "--issuer",
            m.path("root-p256.key"), "--issuer-key", m.path("root-p256.key"))
    refused(m, "an issuer that isn't there", "$none.pem: No such file or directory", *www, *by("none"))
    good("openssl", "pkey", "-in", m.path("root-p256.key"), "-aes128", "-passout", "pass:x", "-out", m.path("locked.key"))
    refused(m, "an encrypted key", "$locked.key:1: private key is encrypted", *www, *by("root-p256", "locked"))
    for bad in ("dns:", "dns:a b", "dns:192.0.2.1", "ip:1.2.3", "email:a", "email:a@b@c"):
        refused(m, "the name " + bad, "--name %s: not a name that can stand in a certificate" % bad, *www, "--name", bad)
    for bad, shown in (("", ""), ("x" * 65, "x" * 65), ("caf\u00e9", "caf\\xc3\\xa9"), ("a\tb", "a\\x09b")):
        refused(m, "the common name " + ascii(bad), "--common-name %s: not 1 to 64 printable characters of ASCII" % shown,
                *www, "--common-name=" + bad)
    for bad in ("1949-12-31T23:59:59Z", "9999-12-31T00:00:00Z"):
        refused(m, "from " + bad, "--from, --days: the dates of a certificate are in the years 1950 to 9999", *www,
                "--from", bad)
    refused(m, "a name without kind", "--name a.example: neither dns:, ip: nor email:", "--name", "a.example")
    refused(m, "no name", "--name is needed; for a client --common-name will do")
    refused(m, "a server with a common name only", "--name is needed; for a client --common-name will do",
            "--common-name", "x")
    refused(m, "too many names", "--name: more than 64", *(["--name", "dns:a.example"] * 65))
    refused(m, "a CA without name", "--ca: a CA needs --common-name", "--ca")
    refused(m, "a CA with names", "--ca: a CA has neither --name nor --purpose", "--ca", "--common-name", "x", *www)
    refused(m, "a depth for a server", "--max-depth: that is for --ca", *www, "--max-depth", "1")
    refused(m, "half an issuer", "--issuer and --issuer-key go together", *www, "--issuer", m.path("root-p256.pem"))
    refused(m, "two keys", "--out and either --key-out or --key are needed", *www, "--key", m.path("root-p256.key"))
    refused(m, "an unknown type", "--key-type dsa: quenchctl certificate --help lists those there are", *www,
            "--key-type", "dsa")
    refused(m, "an unknown purpose", "--purpose mail: neither server, client nor both", *www, "--purpose", "mail")
    for bad in ("0", "36501", "-1", "x", ""):
        refused(m, "%r days" % bad, "--days %s: not a number from 1 to 36500" % bad, *www, "--days=" + bad)
    refused(m, "a time that is none", "--from now: not a time of RFC 3339, as 2026-11-21T14:06:07Z", *www, "--from", "now")
    refused(m, "something else", "rest: everything is an option here", *www, "rest")
    with tap.test("--help"):
        done = run(QUENCHCTL, "certificate", "--help")
        assert done.returncode == 0 and done.stdout.startswith("usage: quenchctl certificate ") and not done.stderr


class Leaf:
    def __init__(self, m, name):
        self.chain, self.key = m.path(name + ".pem"), m.path(name + ".key")

    def conf(self):
        return {"chain": self.chain, "key": self.key}


def in_use(work, m):
    """quenchd shows the server's certificate and asks for the client's; openssl judges the one, we the other."""
    def answer(conn):
        conn.sendall(b"hello\n")

    backend = quench.Backend(answer)
    service = dict(quench.service("www", [Leaf(m, "server-p384")], backend.port),
                   client_auth={"mode": "require", "ca": m.path("root-p256.pem"), "crl": []})
    q = quench.Quenchd(work, service)
    for name, served in (("client-p256", True), ("client-p384", False)):
        with tap.test("quenchd serves with such a certificate, and %s %s" % ("takes" if served else "refuses", name)):
            done = run("openssl", "s_client", "-connect", "%s:%d" % (quench.HOST, q.ports["www"]), "-quiet", "-ign_eof",
                       "-verify_return_error", "-x509_strict", "-CAfile", m.path("root-p384.pem"), "-servername",
                       "www.example", "-verify_hostname", "www.example", "-cert", m.path(name + ".pem"), "-key",
                       m.path(name + ".key"))
            assert ("hello" in done.stdout) == served, done.stdout + done.stderr
    with tap.test("quenchd ends"):
        q.check_end()


def main():
    tap.require("openssl", "certtool")
    work = quench.Work()
    m = Maker(work)
    each_type(m)
    extensions(m)
    dates(m)
    keys(m)
    files(m)
    interrupted(m)
    refusals(m)
    in_use(work, m)
    tap.done()


main()
