#!/usr/bin/env python3
"""Chains made with openssl, judged by us and by openssl verify: after the sections of NIST's path validation suite
(PKITS). Where the two differ, the table says so and why; we are never the laxer one but where it says."""
import itertools
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap

TOP = os.environ.get("top_builddir", os.getcwd())
JUDGE = os.path.join(TOP, "tests/lib/judge")
NOW = int(time.time())
DAY = 86400

CA = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign",
      "subjectKeyIdentifier=hash"]
LEAF = ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature", "extendedKeyUsage=serverAuth",
        "subjectKeyIdentifier=hash"]
AKI = "authorityKeyIdentifier=keyid"


def run(*cmd):
    done = subprocess.run(cmd, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(" ".join(cmd) + ": " + done.stderr)
    return done.stdout


class Cert:
    def __init__(self, path, key):
        self.path, self.key = path, key


class Office:
    """Makes certificates in a folder. Keys are made once and used by number."""

    def __init__(self, folder):
        self.folder, self.count, self.keys = folder, itertools.count(), {}

    def path(self, name):
        return os.path.join(self.folder, name)

    def key(self, number):
        if number not in self.keys:
            self.keys[number] = self.path("key%s.pem" % number)
            run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", self.keys[number])
        return self.keys[number]

    def issue(self, subject, issuer=None, key=0, ext=(), days=30, mask="utf8only", serial=None, digest="sha256"):
        n = next(self.count)
        cnf, out = self.path("c%d.cnf" % n), self.path("c%d.pem" % n)
        with open(cnf, "w") as f:
            f.write("[req]\ndistinguished_name=dn\nstring_mask=%s\nx509_extensions=x\n[dn]\n[x]\n" % mask)
            f.write("".join(e.replace("=", " = ", 1) + "\n" for e in ext if not e.startswith("[")))
            f.write("".join(e + "\n" for e in ext if e.startswith("[")))
        cmd = ["openssl", "req", "-config", cnf, "-x509", "-new", "-key", self.key(key), "-days", str(days), "-" + digest,
               "-subj", subject, "-set_serial", str(serial or n + 100), "-out", out]
        if issuer:
            cmd += ["-CA", issuer.path, "-CAkey", self.key(issuer.key)]
        run(*cmd)
        return Cert(out, key)

    def root(self, subject="/O=Quench/CN=Root", key=0, ext=CA, **more):
        return self.issue(subject, None, key, ext, days=3650, **more)

    def ca(self, issuer, subject="/O=Quench/CN=Middle", key=1, ext=CA, days=365, **more):
        return self.issue(subject, issuer, key, list(ext) + [AKI], days=days, **more)

    def leaf(self, issuer, names="DNS:leaf.example", ext=LEAF, subject="/CN=leaf", key=2, **more):
        san = ["subjectAltName=" + names] if names else []
        return self.issue(subject, issuer, key, list(ext) + [AKI] + san, **more)

    def crl(self, issuer, *revoked, days=30, point=""):
        """point: lines of the section of its issuingDistributionPoint."""
        n = next(self.count)
        folder = self.path("crl%d" % n)
        os.mkdir(folder)
        out = os.path.join(folder, "crl.pem")
        with open(os.path.join(folder, "index.txt"), "w") as f:
            for serial in revoked:
                f.write("R\t491231235959Z\t260101000000Z\t%s\tunknown\t/CN=x\n" % serial)
        with open(os.path.join(folder, "number"), "w") as f:
            f.write("01\n")
        with open(os.path.join(folder, "ca.cnf"), "w") as f:
            f.write("[ca]\ndefault_ca=d\n[d]\ndatabase=%s/index.txt\ncrlnumber=%s/number\ndefault_md=sha256\n"
                    "crl_extensions=x\n[x]\nauthorityKeyIdentifier=keyid\n" % (folder, folder))
            if point:
                f.write("issuingDistributionPoint=critical,@idp\n[idp]\n" + point)
        run("openssl", "ca", "-config", os.path.join(folder, "ca.cnf"), "-gencrl", "-crldays", str(days), "-keyfile",
            self.key(issuer.key), "-cert", issuer.path, "-out", out)
        return out

    def bundle(self, paths):
        out = self.path("b%d.pem" % next(self.count))
        with open(out, "w") as f:
            for path in paths:
                with open(path) as part:
                    f.write(part.read())
        return out


def ours(office, chain, trust, name, at, crls):
    cmd = [JUDGE, "--at", str(at), "--trust", office.bundle([c.path for c in trust])]
    cmd += ["--name", name] if name else []
    cmd += ["--crl", office.bundle(crls), "--crls-required"] if crls else []
    done = subprocess.run(cmd + [office.bundle([c.path for c in chain])], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr)
    return done.returncode == 0, done.stdout.strip()


def theirs(office, chain, trust, name, at, crls, more):
    cmd = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-attime", str(at), "-CAfile",
           office.bundle([c.path for c in trust])]
    if len(chain) > 1:
        cmd += ["-untrusted", office.bundle([c.path for c in chain[1:]])]
    if name:
        kind, value = name.split(":", 1)
        cmd += [{"dns": "-verify_hostname", "ip": "-verify_ip", "email": "-verify_email"}[kind], value]
    if crls:
        cmd += ["-crl_check_all", "-CRLfile", office.bundle(crls)]
    done = subprocess.run(cmd + list(more) + [chain[0].path], capture_output=True, text=True)
    return done.returncode == 0, (done.stdout + done.stderr).strip()


def compare(office, what, chain, trust, good, name="dns:leaf.example", at=None, crls=(), differs=None, more=()):
    """good: what RFC 5280 says. differs: why openssl says something else. more: options for openssl."""
    at = at or NOW + 60
    with tap.test(what + (" is accepted" if good else " is refused")):
        mine, reason = ours(office, chain, trust, name, at, crls)
        other, words = theirs(office, chain, trust, name, at, crls, more)
        assert mine == good, "ours: " + reason
        assert (other == good) == (differs is None), "openssl: " + words


def sections(o):
    root, other_root = o.root(), o.root("/CN=Other", key=9)
    middle = o.ca(root)
    leaf = o.leaf(middle)
    trust = [root]

    # 4.1 signatures, 4.2 dates
    compare(o, "a good chain", [leaf, middle], trust, True)
    compare(o, "any order, and strangers", [leaf, other_root, root, middle], trust, True)
    compare(o, "a chain without its middle", [leaf], trust, False)
    compare(o, "another root", [leaf, middle], [other_root], False)
    twin = o.ca(other_root, key=8)
    compare(o, "a look-alike middle of another CA", [leaf, twin], trust, False)
    compare(o, "a look-alike middle beside the right one", [leaf, twin, middle], trust, True)
    forged = o.ca(Cert(root.path, 0), key=7)
    forged_leaf = o.leaf(Cert(twin.path, 8))
    compare(o, "a leaf signed by a look-alike", [forged_leaf, middle, forged], trust, False)
    compare(o, "an expired leaf", [leaf, middle], trust, False, at=NOW + 40 * DAY)
    compare(o, "an expired middle", [o.leaf(middle, days=3000), middle], trust, False, at=NOW + 400 * DAY)
    compare(o, "an expired root", [o.leaf(root, days=5000)], trust, False, at=NOW + 4000 * DAY)
    compare(o, "a chain from the future", [leaf, middle], trust, False, at=NOW - DAY)
    compare(o, "a SHA-1 signature", [o.leaf(middle, digest="sha1"), middle], trust, False,
            differs="-x509_strict leaves the digest to the security level")

    # 4.3 names: RFC 5280 section 7.1
    for subject, mask, good in (("/O=QUENCH/CN=middle", "utf8only", True), ("/O=Quench/CN=Middle", "pkix", True),
                                ("/O=Quench/CN=  Middle ", "utf8only", True), ("/O=Quench/CN=Mid dle", "utf8only", False),
                                ("/CN=Middle/O=Quench", "utf8only", False), ("/CN=Middle", "utf8only", False)):
        spelled = o.ca(root, subject, mask=mask)
        compare(o, "an issuer spelled %s, %s," % (subject, mask), [leaf, spelled], trust, good)

    # 4.5 self-issued: a root's new key, certified by the old one
    rolled = o.ca(root, "/O=Quench/CN=Root", key=3)
    compare(o, "a rolled-over root", [o.leaf(Cert(rolled.path, 3)), rolled], trust, True)

    # 4.6 basic constraints
    def with_ca(what, good, ext, differs=None):
        ca = o.ca(root, ext=ext)
        compare(o, what, [o.leaf(ca), ca], trust, good, differs=differs)

    usage, ski = "keyUsage=critical,keyCertSign,cRLSign", "subjectKeyIdentifier=hash"
    with_ca("a middle that is no CA", False, ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature", ski])
    with_ca("a middle without basicConstraints", False, [usage, ski])
    with_ca("a middle without keyUsage", True, ["basicConstraints=critical,CA:TRUE", ski],
            differs="-x509_strict wants keyUsage in each CA")
    with_ca("a middle whose key may not sign", False, ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,cRLSign", ski])
    with_ca("a path length of 0 above a leaf", True, ["basicConstraints=critical,CA:TRUE,pathlen:0", usage, ski])
    for length, good in ((0, False), (1, True)):
        top = o.root("/CN=Short %d" % length, key=4, ext=["basicConstraints=critical,CA:TRUE,pathlen:%d" % length, usage, ski])
        below = o.ca(top)
        compare(o, "a path length of %d above a CA" % length, [o.leaf(below), below], [top], good)
    top = o.root("/CN=Short", key=4, ext=["basicConstraints=critical,CA:TRUE,pathlen:0", usage, ski])
    rolled = o.ca(top, "/CN=Short", key=5)
    compare(o, "a path length of 0 above a self-issued CA", [o.leaf(Cert(rolled.path, 5)), rolled], [top], True)

    # purposes
    def with_leaf(what, good, ext, name="dns:leaf.example", names="DNS:leaf.example", differs=None, **more):
        compare(o, what, [o.leaf(middle, names, ext, **more), middle], trust, good, name, differs=differs)

    base = LEAF[:2] + [ski]
    with_leaf("a leaf for clients", False, base + ["extendedKeyUsage=clientAuth"])
    with_leaf("a leaf for both", True, base + ["extendedKeyUsage=clientAuth,serverAuth"])
    with_leaf("a leaf for no purpose of ours", False, base + ["extendedKeyUsage=codeSigning"])
    with_leaf("a leaf without purposes", True, base)
    narrow = o.ca(root, ext=CA + ["extendedKeyUsage=clientAuth"])
    compare(o, "a middle for clients", [o.leaf(narrow), narrow], trust, False)
    with_leaf("an unknown critical extension", False, LEAF + ["1.2.3.4=critical,DER:0500"])
    with_leaf("an unknown extension", True, LEAF + ["1.2.3.4=DER:0500"])

    # names of hosts
    with_leaf("another name", False, LEAF, names="DNS:other.example")
    with_leaf("a wildcard", True, LEAF, names="DNS:*.example.org", name="dns:a.example.org")
    with_leaf("a wildcard for two labels", False, LEAF, names="DNS:*.example.org", name="dns:a.b.example.org")
    with_leaf("a wildcard in a label", False, LEAF, names="DNS:a*.example.org", name="dns:ab.example.org",
              differs="openssl takes partial wildcards")
    with_leaf("a wildcard of a top-level domain", False, LEAF, names="DNS:*.org", name="dns:a.org")
    with_leaf("a common name", False, LEAF, names="", subject="/CN=leaf.example",
              differs="openssl takes the common name when there is no subjectAltName")
    with_leaf("an address", True, LEAF, names="IP:192.0.2.1", name="ip:192.0.2.1")
    with_leaf("an address as a name", False, LEAF, names="DNS:192.0.2.1", name="ip:192.0.2.1")
    with_leaf("an address of version 6", True, LEAF, names="IP:2001:db8::1", name="ip:2001:DB8:0::1")

    # 4.13 name constraints
    def constrained(what, good, constraint, names, subject="/CN=leaf", differs=None, tail=()):
        ca = o.ca(root, ext=CA + ["nameConstraints=critical," + constraint] + list(tail))
        compare(o, "%s under %s" % (names or subject, what), [o.leaf(ca, names, subject=subject), ca], trust, good,
                name=None, differs=differs)

    constrained("permitted DNS", True, "permitted;DNS:example.org", "DNS:a.example.org")
    constrained("permitted DNS", False, "permitted;DNS:example.org", "DNS:aexample.org")
    constrained("permitted DNS, and another name", False, "permitted;DNS:example.org", "DNS:a.example.org,DNS:b.net")
    constrained("excluded DNS", False, "excluded;DNS:example.org", "DNS:A.EXAMPLE.org")
    constrained("excluded DNS", True, "excluded;DNS:example.org", "DNS:example.com")
    constrained("an excluded host", False, "excluded;DNS:a.example.org", "DNS:*.example.org",
                differs="openssl compares a wildcard as a name of its own")
    constrained("permitted addresses", True, "permitted;IP:192.0.2.0/255.255.255.0", "IP:192.0.2.7")
    constrained("permitted addresses", False, "permitted;IP:192.0.2.0/255.255.255.0", "IP:192.0.3.7")
    constrained("excluded addresses", False, "excluded;IP:2001:db8::/ffff:ffff::", "IP:2001:db8::7")
    constrained("permitted mail", True, "permitted;email:example.org", "email:a@example.org")
    constrained("permitted mail", False, "permitted;email:example.org", "email:a@sub.example.org")
    constrained("a permitted mail domain", True, "permitted;email:.example.org", "email:a@sub.example.org")
    constrained("permitted URIs", True, "permitted;URI:.example.org", "URI:https://a.example.org/x")
    constrained("excluded URIs", False, "excluded;URI:.example.org", "URI:https://a.example.org:8443/x")
    dn = ("[dirs]\nO = Quench",)
    constrained("permitted directories", True, "permitted;dirName:dirs", "DNS:a.example", "/O=QUENCH/CN=a", tail=dn)
    constrained("permitted directories", False, "permitted;dirName:dirs", "DNS:a.example", "/O=Other/CN=a", tail=dn)
    constrained("excluded directories", False, "excluded;dirName:dirs", "DNS:a.example", "/O=quench/CN=a", tail=dn)

    # 4.4 and 4.14 revocation lists
    numbered = o.leaf(middle, serial=0x77)
    lists = [o.crl(root), o.crl(middle)]
    compare(o, "a chain with two lists", [numbered, middle], trust, True, crls=lists)
    compare(o, "a chain with the list of the root alone", [numbered, middle], trust, False, crls=lists[:1])
    compare(o, "a revoked leaf", [numbered, middle], trust, False, crls=[lists[0], o.crl(middle, "77")])
    marked = o.ca(root, serial=0x78)
    compare(o, "a revoked middle", [o.leaf(marked), marked], trust, False, crls=[o.crl(root, "78"), lists[1]])
    compare(o, "a list out of date", [o.leaf(middle, days=90), middle], trust, False, at=NOW + 40 * DAY, crls=lists)
    compare(o, "a list signed by somebody else", [numbered, middle], trust, False,
            crls=[lists[0], o.crl(Cert(twin.path, 8))])

    # lists by another key of the issuer: one for lists alone, and one after a change of keys
    def other_key(what, good, by, revoked=(), more=("-extended_crl",), differs=None):
        # without a name: openssl wants it of the signer of a list, too
        compare(o, what, [numbered, middle, by], trust, good, name=None, crls=[lists[0], o.crl(by, *revoked)], more=more, differs=differs)

    lister = o.ca(root, key=5, ext=["basicConstraints=critical,CA:FALSE", "keyUsage=critical,cRLSign", ski])
    other_key("a list by a key for lists", True, lister)
    other_key("a list by a key for lists that has it", False, lister, ["77"])
    other_key("a list by a key for lists of another CA", False,
              o.ca(other_root, key=5, ext=["basicConstraints=critical,CA:FALSE", "keyUsage=critical,cRLSign", ski]))
    renewed = o.ca(middle, key=6)
    other_key("a list by the issuer's new key", True, renewed,
              differs="openssl looks for the new key above the issuer only")
    other_key("a list by the issuer's new key that has it", False, renewed, ["77"])
    # 5.2.5 lists that are parts
    here, there = ("http://crl.example/%d" % n for n in (1, 2))

    def parts(what, good, *lists, leaf=(), revoked=False):
        ext = ["crlDistributionPoints=" + p for p in leaf]
        cert = o.leaf(middle, serial=0x79, ext=list(LEAF) + ext)
        mine = [o.crl(middle, *(["79"] if revoked and n == 0 else []), point=p) for n, p in enumerate(lists)]
        compare(o, what, [cert, middle], trust, good, crls=[o.crl(root)] + mine)

    users, cas = "onlyuser=TRUE\n", "onlyCA=TRUE\n"
    point, other = "fullname=URI:%s\n" % here, "fullname=URI:%s\n" % there
    parts("a list of users", True, users)
    parts("a list of users that has it", False, users, revoked=True)
    parts("a list of CAs, for a user", False, cas)
    parts("lists of CAs and of users", True, cas, users)
    parts("its part", True, point, leaf=["URI:" + here])
    parts("its part, of users", True, point + users, leaf=["URI:" + here])
    parts("its part that has it", False, point, leaf=["URI:" + here], revoked=True)
    parts("another part", False, other, leaf=["URI:" + here])
    parts("one of its two points", True, other, leaf=["URI:%s,URI:%s" % (here, there)])
    parts("a part, and a certificate without points", False, point)
    parts("all parts", True, other, point, leaf=["URI:" + here])
    parts("an indirect list", False, "indirectCRL=TRUE\n")
    parts("a list of some reasons", False, "onlysomereasons=keyCompromise\n")
    compare(o, "a middle with a list of CAs", [numbered, middle], trust, True, crls=[o.crl(root, point=cas), lists[1]])
    compare(o, "a middle with a list of users", [numbered, middle], trust, False, crls=[o.crl(root, point=users), lists[1]])

    silent = o.ca(root, ext=["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign", ski])
    compare(o, "a list of one that may sign none", [o.leaf(silent), silent], trust, False, crls=[lists[0], o.crl(silent)])


def main():
    tap.require("openssl")
    with tempfile.TemporaryDirectory() as folder:
        sections(Office(folder))
    tap.done()


main()
