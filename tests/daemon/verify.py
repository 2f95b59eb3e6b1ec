#!/usr/bin/env python3
"""quenchctl verify: the chains of x509-limbo through --batch, ten thousand requests in one process, and the command
line over chains made with openssl, whose verdicts are said here and asked of openssl verify as well."""
import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap

TOP = os.environ.get("top_builddir", os.getcwd())
QUENCHCTL = os.path.join(TOP, "quenchctl")
LIMBO = os.path.join(os.environ.get("QUENCH_VECTORS", ""), "x509-limbo-part.json")
DAY = 86400
NOW = int(time.time())

# Where we judge otherwise than x509-limbo expects, and why. Each of these must really differ.
DIFFERENCES = {
    "webpki::cn::not-in-san": "names come from subjectAltName alone; the common name, right or wrong, is not read",
}
MIN_CASES = 104
N_REQUESTS = 10000
N_WARM = 1000
PIECES = 2500000
MAX_LINE = 65536  # KiB that a line of 8 MiB may take
MAX_GROWTH = 4096  # KiB, from the first thousand to the last

CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
LEAF = ("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n"
        "subjectAltName=DNS:leaf.example,DNS:*.wild.example,IP:192.0.2.1,email:me@leaf.example\n")


def run(*cmd):
    done = subprocess.run(cmd, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(" ".join(cmd) + ": " + done.stderr)


def when(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def verify(*args, stdin=""):
    done = subprocess.run([QUENCHCTL, "verify"] + list(args), input=stdin, capture_output=True, text=True, timeout=60)
    assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
    return done


class Pki:
    """root, middle, leaf in a folder; what else a case needs."""

    def __init__(self, folder):
        self.folder = folder
        self.cert("root", None, CA, 3650)
        self.cert("middle", "root", CA, 365)
        self.cert("leaf", "middle", LEAF, 30)
        self.cert("loose", "middle", LEAF.replace("extendedKeyUsage=serverAuth\n", ""), 30)
        self.write("loose.pem", self.read("loose.pem") + self.read("middle.pem"))
        self.cert("alien", None, CA, 365)
        self.write("chain.pem", self.read("leaf.pem") + self.read("middle.pem"))
        run("openssl", "x509", "-in", self.path("root.pem"), "-outform", "DER", "-out", self.path("root.der"))

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        with open(self.path(name)) as f:
            return f.read()

    def write(self, name, data):
        with open(self.path(name), "wb") as f:
            f.write(data.encode() if isinstance(data, str) else data)
        return self.path(name)

    def cert(self, name, issuer, extensions, days):
        cnf = self.write(name + ".cnf", "[req]\ndistinguished_name=dn\nx509_extensions=x\n[dn]\n[x]\n" + extensions +
                         ("authorityKeyIdentifier=keyid\n" if issuer else ""))
        cmd = ["openssl", "req", "-config", cnf, "-x509", "-new", "-nodes", "-newkey", "ec", "-pkeyopt",
               "ec_paramgen_curve:P-256", "-keyout", self.path(name + ".key"), "-out", self.path(name + ".pem"),
               "-days", str(days), "-subj", "/O=Quench/CN=" + name]
        if issuer:
            cmd += ["-CA", self.path(issuer + ".pem"), "-CAkey", self.path(issuer + ".key")]
        run(*cmd)

    def serial(self, name):
        out = subprocess.check_output(["openssl", "x509", "-in", self.path(name + ".pem"), "-noout", "-serial"], text=True)
        return out.strip().split("=")[1]

    def index(self, name, status):
        revoked = "260101000000Z" if status == "R" else ""
        return self.write("index.txt", "%s\t491231235959Z\t%s\t%s\tunknown\t/O=Quench/CN=%s\n"
                          % (status, revoked, self.serial(name), name))

    def crl(self, out, issuer, name, status):
        self.index(name, status)
        self.write("number", "01\n")
        cnf = self.write("ca.cnf", "[ca]\ndefault_ca=d\n[d]\ndatabase=%s\ncrlnumber=%s\ndefault_md=sha256\n"
                         "crl_extensions=x\n[x]\nauthorityKeyIdentifier=keyid\n"
                         % (self.path("index.txt"), self.path("number")))
        run("openssl", "ca", "-config", cnf, "-gencrl", "-crldays", "30", "-keyfile", self.path(issuer + ".key"), "-cert",
            self.path(issuer + ".pem"), "-out", self.path(out))
        return self.path(out)

    def staple(self, out, issuer, name, status):
        ca = self.path(issuer + ".pem")
        run("openssl", "ocsp", "-index", self.index(name, status), "-CA", ca, "-rsigner", ca, "-rkey",
            self.path(issuer + ".key"), "-issuer", ca, "-cert", self.path(name + ".pem"), "-ndays", "1", "-no_nonce",
            "-respout", self.path(out))
        return self.path(out)


# ---- --batch ---------------------------------------------------------------------------------------------------

def limbo():
    if not os.access(LIMBO, os.R_OK):
        tap.skip("the chains of x509-limbo", "QUENCH_VECTORS names no folder with x509-limbo-part.json")
        return
    with open(LIMBO) as f:
        cases = json.load(f)["testcases"]
    done = verify("--batch", stdin="".join(json.dumps(c) + "\n" for c in cases))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    with tap.test("every case of x509-limbo has its answer"):
        assert done.returncode == 0 and not done.stderr, done.stderr
        assert len(cases) >= MIN_CASES and [a["id"] for a in answers] == [c["id"] for c in cases]
        assert done.stdout.isascii()
    for case, answer in zip(cases, answers):
        reason = DIFFERENCES.get(case["id"])
        with tap.test("limbo %s is %s%s" % (case["id"], case["expected_result"], ", but not for us: " + reason if reason else "")):
            assert (answer["result"] == case["expected_result"]) == (reason is None), answer
            assert reason is None or case["importance"] in ("low", "medium", "undetermined"), case["importance"]


def request(pki, n, **more):
    name = ["leaf.example", "other.example"][n % 2]
    asked = {"id": "case %d" % n, "trusted_certs": [pki.read("root.pem")], "peer_certificate": pki.read("leaf.pem"),
             "untrusted_intermediates": [pki.read("middle.pem")], "validation_kind": "SERVER",
             "expected_peer_name": {"kind": "DNS", "value": name}}
    return json.dumps(dict(asked, **more)) + "\n"


def peak(pid):
    with open("/proc/%d/status" % pid) as f:
        return int(re.search(r"VmHWM:\s+(\d+)", f.read()).group(1))


def is_sanitized(pid):
    """A sanitizer keeps what was released, for a while."""
    with open("/proc/%d/maps" % pid) as f:
        return "libasan" in f.read() or b"__asan_init" in open(QUENCHCTL, "rb").read()


def ten_thousand(pki):
    """One process; each answer is there before more than a pipe holds is asked."""
    two = [request(pki, 0), request(pki, 1)]
    process = subprocess.Popen([QUENCHCTL, "verify", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask():
        for n in range(N_REQUESTS):
            process.stdin.write(two[n % 2])
        process.stdin.flush()

    asker = threading.Thread(target=ask)
    asker.start()
    wrong, warm = 0, 0
    for n in range(N_REQUESTS):
        answer = json.loads(process.stdout.readline())
        wrong += answer["id"] != "case %d" % (n % 2) or answer["result"] != ["SUCCESS", "FAILURE"][n % 2]
        warm = peak(process.pid) if n == N_WARM else warm
    asker.join()
    last, sanitized = peak(process.pid), is_sanitized(process.pid)
    process.stdin.close()
    status = process.wait(60)
    tap.diag("%d requests: %d KiB at most, %d KiB after %d" % (N_REQUESTS, last, warm, N_WARM))
    with tap.test("ten thousand chains are judged by one process, right and within bounded memory"):
        assert status == 0 and wrong == 0, (status, wrong)
        assert last - warm < MAX_GROWTH or sanitized, (warm, last)


def batch_faults(pki):
    with tap.test("a line that makes no sense has an error for an answer, and the run goes on"):
        done = verify("--batch", stdin="nonsense\n" + request(pki, 0) + '{"id":"x"}\n' + request(pki, 1))
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert done.returncode == 2 and len(answers) == 4
        assert "error" in answers[0] and answers[0]["id"] is None
        assert answers[1]["result"] == "SUCCESS" and answers[1]["path"] == ["CN=leaf, O=Quench", "CN=middle, O=Quench",
                                                                          "CN=root, O=Quench"]
        assert answers[2] == {"id": "x", "error": "peer_certificate: missing"}
        assert answers[3] == {"id": "case 1", "result": "FAILURE", "reason": "name does not match", "depth": 0,
                              "subject": "CN=leaf, O=Quench"}
    with tap.test("a message of a hundred certificates is one line"):
        many = [pki.read("alien.pem")] * 100
        done = verify("--batch", stdin=request(pki, 0, untrusted_intermediates=many + [pki.read("middle.pem")]))
        assert done.returncode == 0 and json.loads(done.stdout)["result"] == "SUCCESS", done.stdout
    with tap.test("a staple of a request is judged"):
        for status, result in (("V", "SUCCESS"), ("R", "FAILURE")):
            with open(pki.staple("batch-staple.der", "middle", "leaf", status), "rb") as f:
                staple = base64.b64encode(f.read()).decode()
            done = verify("--batch", stdin=request(pki, 0, staple=staple))
            answer = json.loads(done.stdout)
            assert answer["result"] == result and (status == "V") == (answer["reason"] == "valid"), answer
    with tap.test("a hostile line takes little memory"):
        for what in ("[" * PIECES, "[" + "{}," * PIECES + "{}]", "[" + "[]," * PIECES + "[]]", "[" + "0," * PIECES + "0]",
                     '{"a":"' + "\\u00e9" * (PIECES // 2) + '"}', '{"a":' * PIECES):
            process = subprocess.Popen([QUENCHCTL, "verify", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       text=True)
            process.stdin.write(what[:8 << 20] + "\n")
            process.stdin.flush()
            assert "error" in json.loads(process.stdout.readline())
            most, sanitized = peak(process.pid), is_sanitized(process.pid)
            process.stdin.close()
            process.wait(60)
            assert most < MAX_LINE or sanitized, (what[:20], most)
    with tap.test("a batch takes no other options, and no file"):
        for args in (["--trust", pki.path("root.pem")], [pki.path("chain.pem")]):
            done = verify("--batch", *args)
            assert done.returncode == 2 and not done.stdout and "--batch" in done.stderr


# ---- Files -----------------------------------------------------------------------------------------------------

def judged(pki, what, args, reason=None, depth=0, subject="leaf", path=("leaf", "middle", "root"), theirs=None):
    """args: a list, the chain last. reason None: valid. theirs: arguments of openssl verify, which must agree."""
    name = args[-1]
    with tap.test(what):
        done = verify(*args)
        as_json = json.loads(verify("--json", *args).stdout)
        assert done.stderr == "" and done.returncode == (1 if reason else 0), (done.returncode, done.stdout, done.stderr)
        if reason:
            assert done.stdout == "%s: not valid: %s, certificate %d: CN=%s, O=Quench\n" % (name, reason, depth, subject)
            assert as_json == {"result": "FAILURE", "reason": reason, "depth": depth,
                               "subject": "CN=%s, O=Quench" % subject}, as_json
        else:
            lines = ["  %d  CN=%s, O=Quench" % pair for pair in enumerate(path)]
            assert done.stdout == name + ": valid\n" + "\n".join(lines) + "  (trusted)\n", done.stdout
            assert as_json == {"result": "SUCCESS", "reason": "valid", "path": ["CN=%s, O=Quench" % p for p in path]}
        if theirs is not None:
            other = subprocess.run(["openssl", "verify"] + theirs, capture_output=True, text=True)
            assert (other.returncode == 0) == (reason is None), other.stdout + other.stderr


def verdicts(pki):
    trust, chain = ["--trust", pki.path("root.pem")], pki.path("chain.pem")
    openssl = ["-CAfile", pki.path("root.pem"), "-untrusted", pki.path("middle.pem")]
    leaf = [pki.path("leaf.pem")]

    def late(days):
        return str(NOW + days * DAY)

    judged(pki, "a good chain", trust + [chain], theirs=openssl + leaf)
    judged(pki, "a trusted certificate as DER", ["--trust", pki.path("root.der"), chain])
    judged(pki, "a middle that only --untrusted has", trust + ["--untrusted", pki.path("middle.pem")] + leaf,
           theirs=openssl + leaf)
    judged(pki, "a middle that nobody has", trust + leaf, "issuer is not trusted", theirs=trust[1:] and
           ["-CAfile", pki.path("root.pem")] + leaf)
    judged(pki, "an unknown CA", ["--trust", pki.path("alien.pem"), chain], "issuer is not trusted", 1, "middle",
           theirs=["-CAfile", pki.path("alien.pem"), "-untrusted", pki.path("middle.pem")] + leaf)
    judged(pki, "two files of CAs", ["--trust", pki.path("alien.pem")] + trust + [chain])
    if os.path.exists("/etc/ssl/certs/ca-certificates.crt"):
        judged(pki, "the system's CAs", ["--trust", "system", chain], "issuer is not trusted", 1, "middle")
    judged(pki, "no CA at all", [chain], "issuer is not trusted", 1, "middle")
    judged(pki, "an expired leaf", trust + ["--at", when(NOW + 40 * DAY), chain], "expired",
           theirs=openssl + ["-attime", late(40)] + leaf)
    judged(pki, "a chain that isn't valid yet", trust + ["--at", when(NOW - 2 * DAY), chain], "not valid yet",
           theirs=openssl + ["-attime", late(-2)] + leaf)
    judged(pki, "a time with an offset and a fraction", trust + ["--at", when(NOW + DAY)[:-1] + ".25+14:00", chain])
    for good, name in ((True, "dns:leaf.example"), (True, "dns:LEAF.example"), (True, "dns:a.wild.example"),
                       (False, "dns:a.b.wild.example"), (False, "dns:leaf"), (True, "ip:192.0.2.1"),
                       (False, "ip:192.0.2.2"), (True, "email:me@leaf.example"), (False, "email:you@leaf.example")):
        kind, value = name.split(":", 1)
        judged(pki, "the %s name %s" % ("right" if good else "wrong", name), trust + ["--name", name, chain],
               None if good else "name does not match",
               theirs=openssl + [{"dns": "-verify_hostname", "ip": "-verify_ip", "email": "-verify_email"}[kind], value] + leaf)
    judged(pki, "two names, one of them wrong", trust + ["--name", "dns:leaf.example", "--name", "dns:x.example", chain],
           "name does not match")
    judged(pki, "the right purpose", trust + ["--purpose", "server", chain], theirs=openssl + ["-purpose", "sslserver"] + leaf)
    judged(pki, "the wrong purpose", trust + ["--purpose", "client", chain], "not meant for this purpose",
           theirs=openssl + ["-purpose", "sslclient"] + leaf)
    judged(pki, "as deep as allowed", trust + ["--max-depth", "1", chain], theirs=openssl + ["-verify_depth", "1"] + leaf)
    judged(pki, "deeper than allowed", trust + ["--max-depth", "0", chain], "chain is too long", 1, "middle",
           theirs=openssl + ["-verify_depth", "0"] + leaf)
    judged(pki, "a conforming chain, strictly", trust + ["--strict", chain])
    judged(pki, "a leaf without extendedKeyUsage", trust + [pki.path("loose.pem")], path=("loose", "middle", "root"))
    judged(pki, "the same, strictly", trust + ["--strict", pki.path("loose.pem")], "not meant for this purpose", 0,
           "loose")


def revocation(pki):
    trust, chain = ["--trust", pki.path("root.pem")], pki.path("chain.pem")
    openssl = ["-CAfile", pki.path("root.pem"), "-untrusted", pki.path("middle.pem"), "-crl_check", "-CRLfile"]
    clean, listed = pki.crl("clean.crl", "middle", "alien", "R"), pki.crl("listed.crl", "middle", "leaf", "R")
    judged(pki, "a list without it", trust + ["--crl", clean, chain], theirs=openssl + [clean, pki.path("leaf.pem")])
    judged(pki, "a list that revokes it", trust + ["--crl", listed, chain], "revoked",
           theirs=openssl + [listed, pki.path("leaf.pem")])
    old = ["--at", when(NOW + 29 * DAY + DAY // 2)]
    judged(pki, "a list that is in time", trust + old + ["--crl", clean, chain])
    for status, reason in (("V", None), ("R", "revoked")):
        staple = pki.staple("staple-%s.der" % status, "middle", "leaf", status)
        judged(pki, "a staple that says %s" % (reason or "good"), trust + ["--staple", staple, chain], reason)
    judged(pki, "a staple that is out of date", trust + ["--staple", pki.path("staple-V.der"), "--at",
                                                         when(NOW + 20 * DAY), chain], "OCSP response is out of date")
    judged(pki, "a staple of another issuer", trust + ["--staple", pki.staple("other.der", "alien", "alien", "V"), chain],
           "OCSP response is not acceptable")
    judged(pki, "a staple that is sound but nothing", trust + ["--staple", pki.write("nothing.der", b"\x30\x00"), chain],
           "OCSP response is not acceptable")


def refused(what, args, text):
    with tap.test(what):
        done = verify(*args)
        assert done.returncode == 2 and done.stdout == "", (done.returncode, done.stdout, done.stderr)
        assert done.stderr == "quenchctl verify: " + text + "\n", done.stderr
    if not text.startswith(("unrecognized", "option")):
        with tap.test(what + ", as JSON"):
            done = verify("--json", *args)
            assert done.returncode == 2 and json.loads(done.stdout) == {"error": text}, done.stdout


def unreadable(pki):
    trust, chain = ["--trust", pki.path("root.pem")], pki.path("chain.pem")
    nowhere = pki.path("nowhere.pem")
    lines = pki.read("chain.pem").splitlines()
    der = base64.b64decode("".join(pki.read("leaf.pem").splitlines()[1:-1]))
    for option in ("--trust", "--untrusted", "--crl", "--staple"):
        refused("an unreadable file for " + option, [option, nowhere, chain], nowhere + ": No such file or directory")
    refused("an unreadable chain", [nowhere], nowhere + ": No such file or directory")
    refused("a folder", [pki.folder], pki.folder + ": Is a directory")
    text = pki.write("text.pem", "hello\n")
    refused("a chain without certificates", [text], text + ":1: no certificate found")
    refused("a list without lists", ["--crl", chain, chain], chain + ":1: no certificate revocation list found")
    for n in (2, len(lines) // 2 + 2):
        broken = pki.write("broken%d.pem" % n, "\n".join(lines[:n] + ["*" + lines[n][1:]] + lines[n + 1:]) + "\n")
        refused("PEM that is broken at line %d" % (n + 1), trust + [broken], "%s:%d: malformed PEM" % (broken, n + 1))
        refused("the same as --untrusted, line %d" % (n + 1), ["--untrusted", broken, chain],
                "%s:%d: malformed PEM" % (broken, n + 1))
    cut = pki.write("cut.pem", "\n".join(lines[:4]) + "\n")
    refused("PEM that is cut", [cut], cut + ":5: malformed PEM")
    short = pki.write("short.der", der[:-1])
    refused("DER that is cut", [short], short + ": byte 0: malformed certificate")
    more = pki.write("more.der", der + b"\0")
    refused("DER with a byte too many", [more], "%s: byte %d: malformed certificate" % (more, len(der)))
    # the length of the TBSCertificate's version, in [0], which begins at byte 8
    assert der[8:11] == b"\xa0\x03\x02"
    bad = bytes(der[:11]) + b"\x05" + bytes(der[12:])
    inner = pki.write("inner.der", bad)
    refused("DER that is broken at byte 10", [inner], inner + ": byte 10: malformed certificate")
    staple = pki.write("cut.staple", b"\x30\x05\x0a\x01\x00")
    refused("a staple that is cut", trust + ["--staple", staple, chain], staple + ": byte 0: malformed OCSP response")
    wrapped = pki.write("inner.pem", "\n-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(bad).decode() +
                        "-----END CERTIFICATE-----\n")
    refused("PEM around DER that is broken", [wrapped], wrapped + ":2: malformed certificate, at byte 10 of its DER")
    with tap.test("a file's name stays on its line"):
        done = verify(pki.path("a\nb\x1b"))
        assert done.returncode == 2 and done.stderr.count("\n") == 1 and "a\\x0ab\\x1b" in done.stderr


def calls(pki):
    chain = pki.path("chain.pem")
    example = "not a time of RFC 3339, as 2026-11-21T14:06:07Z"
    for bad in ("now", "2026-11-21", "2026-02-30T00:00:00Z", "2026-11-21T14:06:07", "2026-11-21T14:06:60Z"):
        refused("the time " + bad, ["--at", bad, chain], "--at %s: %s" % (bad, example))
    refused("an unknown kind of name", ["--name", "uri:x", chain], "uri: unknown kind of name")
    refused("a name without kind", ["--name", "leaf.example", chain], "--name leaf.example: neither dns:, ip: nor email:")
    refused("an address that is none", ["--name", "ip:1.2.3", chain], "1.2.3: no IP address")
    refused("an unknown purpose", ["--purpose", "mail", chain], "--purpose mail: neither server nor client")
    for bad in ("x", "-1", "", "1x", "99999999999999999999"):
        refused("the depth '%s'" % bad, ["--max-depth=" + bad, chain], "--max-depth %s: not a number" % bad)
    refused("an unknown option", ["--nope", chain], "unrecognized option '--nope'")
    refused("an option without its argument", [chain, "--trust"], "option '--trust' requires an argument")
    refused("no chain", [], "one chain is expected, in one file")
    refused("two chains", [chain, chain], "one chain is expected, in one file")
    with tap.test("a chain on standard input"):
        done = verify("--trust", pki.path("root.pem"), "-", stdin=pki.read("chain.pem"))
        assert done.returncode == 0 and done.stdout.startswith("-: valid\n"), done.stderr
    for args, status, begin in ((["nope\n"], 2, "quenchctl: nope\\x0a: no such command"), ([], 2, "usage: quenchctl"),
                                (["--help"], 0, "usage: quenchctl"), (["--version"], 0, "quenchctl "),
                                (["verify", "--help"], 0, "usage: quenchctl verify")):
        with tap.test("quenchctl " + " ".join(args).strip()):
            done = subprocess.run([QUENCHCTL] + args, capture_output=True, text=True)
            assert done.returncode == status
            assert (done.stdout if status == 0 else done.stderr).startswith(begin)
            assert (done.stderr if status == 0 else done.stdout) == ""
    with tap.test("an answer that can't be written is no answer"):
        with open("/dev/full", "w") as full:
            done = subprocess.run([QUENCHCTL, "verify", chain], stdout=full, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 2 and "can't be written" in done.stderr


def examples(pki):
    """Those of the manual page, each command with what it prints."""
    lines = pki.read("chain.pem").splitlines()
    pki.write("damaged.pem", "\n".join(lines[:5] + ["?" + lines[5]] + lines[6:]) + "\n")
    asked = {"id": "good", "trusted_certs": [pki.read("root.pem")], "peer_certificate": pki.read("leaf.pem")}
    pki.write("requests", json.dumps(dict(asked, untrusted_intermediates=[pki.read("middle.pem")])) + "\n" +
              json.dumps(dict(asked, id="cut")) + "\n")
    with open(os.path.join(os.environ.get("top_srcdir", "."), "doc/quenchctl.1")) as f:
        blocks = re.findall(r"^\.Bd -literal\n(.*?)^\.Ed$", f.read(), re.M | re.S)
    shown = [re.match(r"((?:[^\n]*\\\n)*[^\n]*)\n(.*)", e, re.S).groups()
             for b in blocks for e in b.replace("\\e", "\\").split("$ ")[1:]]
    env = dict(os.environ, PATH=TOP + ":" + os.environ["PATH"])
    for command, output in shown:
        with tap.test("the manual's example: " + command):
            done = subprocess.run(["sh", "-c", command], cwd=pki.folder, env=env, capture_output=True, text=True)
            # where cut ends a line depends on the certificate
            if command.startswith("cut"):
                assert [line[:60] for line in done.stdout.splitlines()] == [line[:60] for line in output.splitlines()]
            else:
                assert done.stdout + done.stderr == output, done.stdout + done.stderr
    tap.ok(len(shown) >= 7, "the manual has examples")


def main():
    tap.require("openssl")
    with tempfile.TemporaryDirectory() as folder:
        pki = Pki(folder)
        limbo()
        batch_faults(pki)
        verdicts(pki)
        revocation(pki)
        unreadable(pki)
        calls(pki)
        examples(pki)
        ten_thousand(pki)
    tap.done()


main()
