"""Certificates on the move: what changes on disk is served within two seconds, whole or not at all; what is broken is
set aside, and what was good before goes on; a connection that is open notices nothing."""
import os
import shutil
import socket
import ssl
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "lib"))

import quench
import tap

SOON = 2.0  # on a machine that does nothing else
SERVED_ON = "its last good version is served on"
SET_ASIDE = "the certificate is set aside"


def der(leaf):
    with open(leaf.cert) as f:
        return ssl.PEM_cert_to_DER_cert(f.read())


def put(source, path):
    """As a program that renews does it: a new file under another name, then in place of the old one."""
    shutil.copyfile(source, path + ".new")
    os.chmod(path + ".new", 0o600)
    os.rename(path + ".new", path)


class Site:
    """A daemon with a folder of certificates, one listed by itself, and one behind links."""

    def __init__(self, work, **more):
        self.work, self.times, self.n = work, [], 0
        self.backend = quench.Backend(quench.echo)
        self.dir = work.path("certs")
        for folder in ("certs", "live", "archive"):
            os.makedirs(work.path(folder), exist_ok=True)
        self.put("a", self.leaf("a.example"))
        self.put("b", self.leaf("b.example"))
        self.listed = self.leaf("listed.example")
        put(self.listed.chain, work.path("listed.pem"))
        put(self.listed.key, work.path("listed.key"))
        self.archive(1)
        self.services = [self.service()]
        self.q = quench.Quenchd(work, *self.services, **more)
        self.port = self.q.ports["web"]

    def service(self):
        s = quench.service("web", [], self.backend.port)
        s["certificates"] = ({"chain": "listed.pem", "key": "listed.key"}, {"chain": "live/c.pem", "key": "live/c.key"})
        return dict(s, certificate_dir="certs")

    def leaf(self, name):
        """One more for this name."""
        self.n += 1
        return self.work.pki.leaf("p256", "v%d.%s" % (self.n, name), name)

    def put(self, name, leaf):
        put(leaf.chain, os.path.join(self.dir, name + ".pem"))
        put(leaf.key, os.path.join(self.dir, name + ".key"))
        return leaf

    def archive(self, version):
        """Another version behind live/c.pem and live/c.key, as certbot does it."""
        leaf = self.leaf("c.example")
        for end, source in (("pem", leaf.chain), ("key", leaf.key)):
            target = self.work.path("archive/c%d.%s" % (version, end))
            put(source, target)
            os.symlink("../archive/c%d.%s" % (version, end), self.work.path("live/next"))
            os.rename(self.work.path("live/next"), self.work.path("live/c." + end))
        return leaf

    def connect(self, name):
        ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        ctx.check_hostname = False
        ctx.verify_mode = ssl.CERT_NONE
        sock = socket.create_connection((quench.HOST, self.port), quench.PATIENCE)
        return ctx.wrap_socket(sock, server_hostname=name)

    def served(self, name):
        with self.connect(name) as tls:
            return tls.getpeercert(True)

    def until(self, name, leaf, patience=None):
        """The certificate is served; each handshake until then is good, too. The seconds it took."""
        start = time.monotonic()
        quench.wait_until("the new certificate of " + name, lambda: self.served(name) == der(leaf), patience)
        self.times.append(time.monotonic() - start)
        return self.times[-1]

    def stays(self, name, leaf, seconds=1.0):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.served(name) == der(leaf), "another certificate for " + name
            time.sleep(0.05)


def renewals(site):
    with tap.test("a renewed certificate of the folder"):
        site.until("a.example", site.put("a", site.leaf("a.example")))
        site.q.wait_log("reloaded: the changed certificates are in force")
    with tap.test("a new one in the folder"):
        site.until("d.example", site.put("d", site.leaf("d.example")))
    with tap.test("a listed one"):
        leaf = site.leaf("listed.example")
        put(leaf.chain, site.work.path("listed.pem"))
        put(leaf.key, site.work.path("listed.key"))
        site.until("listed.example", leaf)
        site.listed = leaf
    with tap.test("one behind links that are swapped"):
        site.until("c.example", site.archive(2))
        site.until("c.example", site.archive(3))


def halves(site):
    with tap.test("half of a renewal is not served, nor told more than once"):
        before = site.put("a", site.leaf("a.example"))
        site.until("a.example", before)
        after, size = site.leaf("a.example"), site.q.log_size()
        put(after.chain, site.dir + "/a.pem")
        site.q.wait_log("certs/a.key: private key does not match the certificate in .*" + SERVED_ON, size)
        site.stays("a.example", before)
        assert site.q.log_since(size).count(SERVED_ON) == 1, site.q.log_since(size)
        put(after.key, site.dir + "/a.key")
        site.until("a.example", after)
    with tap.test("the key first"):
        before, after, size = after, site.leaf("a.example"), site.q.log_size()
        put(after.key, site.dir + "/a.key")
        site.q.wait_log(SERVED_ON, size)
        site.stays("a.example", before, 0.5)
        put(after.chain, site.dir + "/a.pem")
        site.until("a.example", after)
    with tap.test("a file that is written slowly"):
        before, after = after, site.leaf("a.example")
        put(after.key, site.dir + "/a.key")
        with open(after.chain, "rb") as source, open(site.dir + "/a.pem", "wb") as f:
            data = source.read()
            for i in range(0, len(data), len(data) // 10):
                f.write(data[i:i + len(data) // 10])
                f.flush()
                assert site.served("a.example") in (der(before), der(after))
                time.sleep(0.15)
        site.until("a.example", after)


def broken(site):
    with tap.test("a broken one is set aside, the others are served"):
        size = site.q.log_size()
        shutil.copyfile(site.dir + "/b.key", site.dir + "/e.key")
        with open(site.dir + "/e.pem", "w") as f:
            f.write("no certificate\n")
        site.q.wait_log("certs/e.pem: no certificate found; " + SET_ASIDE, size)
        leaf = site.leaf("a.example")
        site.until("a.example", site.put("a", leaf))
        # nobody's certificate: the default is the first
        assert site.served("e.example") == der(site.listed)
    with tap.test("until it is whole"):
        site.until("e.example", site.put("e", site.leaf("e.example")))
    with tap.test("a listed one that is deleted is served on"):
        size = site.q.log_size()
        os.rename(site.work.path("listed.pem"), site.work.path("kept.pem"))
        site.q.wait_log("listed.pem: No such file or directory; " + SERVED_ON, size)
        site.stays("listed.example", site.listed, 0.5)
        # a reload by hand doesn't lose it either
        site.q.reload()
        site.stays("listed.example", site.listed, 0.5)
        size = site.q.log_size()
        os.rename(site.work.path("kept.pem"), site.work.path("listed.pem"))
        site.q.wait_log("reloaded: the changed", size)
        site.stays("listed.example", site.listed, 0.5)


def folders(site):
    with tap.test("one that is taken out of the folder is served no more"):
        os.remove(site.dir + "/e.pem")
        site.until("e.example", site.listed)
    with tap.test("the folder is replaced by another"):
        leaf = site.leaf("f.example")
        new = site.work.path("certs.new")
        os.makedirs(new)
        put(leaf.chain, new + "/f.pem")
        put(leaf.key, new + "/f.key")
        os.rename(site.dir, site.work.path("certs.old"))
        os.rename(new, site.dir)
        site.until("f.example", leaf)
        site.until("a.example", site.listed)
    with tap.test("and gone: nothing changes until there is one again"):
        size = site.q.log_size()
        os.rename(site.dir, site.work.path("certs.gone"))
        site.q.wait_log("the reload has failed, .*certs/: No such file or directory", size)
        site.stays("f.example", leaf, 0.5)
        os.rename(site.work.path("certs.old"), site.dir)
        quench.wait_until("the first folder", lambda: site.served("f.example") == der(site.listed))
        assert site.served("b.example") != der(site.listed)


def text(site):
    with tap.test("the configuration itself waits for the operator"):
        size = site.q.log_size()
        site.q.write_conf(dict(site.services[0], certificate_dir=""))
        site.q.wait_log("the configuration .* has changed since it was read: a reload takes it on", size)
        leaf = site.put("b", site.leaf("b.example"))
        site.until("b.example", leaf)
        site.q.reload()
        assert site.served("b.example") == der(site.listed)
        site.q.write_conf(site.services[0])
        site.q.reload()
        assert site.served("b.example") == der(leaf)


def revoked(site):
    """A revocation list counts as certificates do."""
    work = site.work
    client = work.pki.leaf("p256", "joe", purpose="clientAuth")
    put(work.pki.crl("middle"), work.path("crl.pem"))
    service = dict(site.services[0], client_auth={"mode": "require", "ca": work.pki.ca, "crl": ["crl.pem"]})
    service["certificates"] = ({"chain": "listed.pem", "key": "listed.key"},)
    site.q.write_conf(service)
    site.q.reload()

    def accepted():
        ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        ctx.check_hostname = False
        ctx.verify_mode = ssl.CERT_NONE
        ctx.maximum_version = ssl.TLSVersion.TLSv1_2
        ctx.load_cert_chain(client.chain, client.key)
        try:
            with socket.create_connection((quench.HOST, site.port), quench.PATIENCE) as sock:
                with ctx.wrap_socket(sock, server_hostname="listed.example"):
                    return True
        except OSError:  # an alert, or the reset behind it
            return False

    with tap.test("a revocation list is picked up"):
        assert accepted()
        put(work.pki.crl("middle", client), work.path("crl.pem"))
        start = time.monotonic()
        quench.wait_until("the client to be refused", lambda: not accepted())
        site.times.append(time.monotonic() - start)
    site.q.write_conf(site.services[0])
    site.q.reload()


def strict(site):
    with tap.test("strict: nothing is set aside, the settings stay"):
        site.q.write_conf(site.services[0], strict=True)
        site.q.reload()
        before, size = site.served("b.example"), site.q.log_size()
        with open(site.dir + "/b.pem", "w") as f:
            f.write("")
        site.q.wait_log("the reload has failed, .*certs/b.pem: no certificate found", size)
        assert site.served("b.example") == before
        site.until("b.example", site.put("b", site.leaf("b.example")))


def main():
    tap.require("openssl")
    work = quench.Work()
    site = Site(work)
    kept = site.connect("a.example")
    renewals(site)
    halves(site)
    broken(site)
    folders(site)
    text(site)
    revoked(site)
    strict(site)
    with tap.test("within two seconds, and what the same work takes by hand"):
        tap.diag("seconds until a change is served: %s" % ", ".join("%.2f" % t for t in site.times))
        site.times.sort()
        start = time.monotonic()
        for _ in range(5):
            site.q.reload()
            site.served("a.example")
        assert site.times[len(site.times) // 2] < SOON + time.monotonic() - start, site.times
    with tap.test("a connection of the first minute is still there"):
        kept.sendall(b"word")
        assert kept.recv(4) == b"word"
        kept.close()
    with tap.test("the end"):
        site.q.check_end()
    work.close()
    tap.done()


main()
