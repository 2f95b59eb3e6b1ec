"""What the memory of the processes holds, looked at as root: no worker has private keys, nor the secrets of connections
that are over, nor ticket keys of the past."""
import hashlib
import hmac
import os
import socket
import ssl
import sys
import time

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "lib"))

import image
import proc
import quench
import tap

NAME = "memory.example"
KINDS = ("p256", "p384", "rsa2048", "ed25519")
N_CLOSED = 1000
ROTATION = 60 # the shortest


def processes(q):
    """Pids by role: worker, keeper, master."""
    roles = {"worker": [], "keeper": [], "master": [q.pid]}
    for name, pid in proc.titles(q.pid):
        roles.setdefault(name.split()[1], []).append(pid)
    return roles


def context(work, version=None, suite=None):
    c = ssl.create_default_context(cafile=work.pki.ca)
    if version:
        c.minimum_version = c.maximum_version = version
    if suite:
        c.set_ciphers(suite)
    return c


def connect(c, port):
    with socket.create_connection((quench.HOST, port), quench.PATIENCE) as tcp:
        with c.wrap_socket(tcp, server_hostname=NAME) as tls:
            tls.sendall(b"hello")
            assert tls.recv(100)
            tls.unwrap()


def use_every_key(work, q):
    """Handshakes with each service, which has one key each, in both versions."""
    for _ in range(5):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for port in q.ports.values():
                connect(context(work, version), port)


def keys_of(leaves):
    secrets = image.Secrets()
    for leaf in leaves:
        for name, secret in image.private_parts(leaf.key):
            secrets.add("%s of %s" % (name, leaf.kind), secret)
    return secrets


def start(work, leaves, backend, **more):
    services = [quench.service(leaf.kind, [leaf], backend.port) for leaf in leaves]
    return quench.Quenchd(work, *services, **more)


def found_in(secrets, pids):
    names = set()
    for pid in pids:
        names |= set(secrets.found(image.read(pid)))
    return sorted(names)


def private_keys(work, leaves, backend):
    secrets = keys_of(leaves)
    q = start(work, leaves, backend)
    use_every_key(work, q)
    roles = processes(q)
    with tap.test("no worker's memory holds 16 bytes of a private key"):
        assert roles["worker"] and len(roles["keeper"]) == 1, roles
        found = found_in(secrets, roles["worker"])
        assert not found, found
    with tap.test("nor does the master's"):
        found = found_in(secrets, roles["master"])
        assert len(roles["master"]) == 1 and not found, found
    with tap.test("nor behind reloads, of the same keys, of changed ones, and of one that is broken"):
        q.reload()
        os.utime(leaves[0].chain)
        os.utime(leaves[0].key)
        q.ask("reload")
        with open(leaves[0].key) as f:
            good = f.read()
        with open(leaves[1].key) as f, open(leaves[0].key, "w") as out:
            out.write(f.read())
        q.ask("reload")
        quench.wait_until("the served certificate to be an older one",
                          lambda: any(c.get("aside") for c in q.ask_json("certificates")))
        with open(leaves[0].key, "w") as out:
            out.write(good)
        q.ask("reload")
        found = found_in(secrets, roles["master"])
        assert not found, found
    with tap.test("the keeper's does: this finds keys where there are some"):
        found = " ".join(found_in(secrets, roles["keeper"]))
        for leaf in leaves:
            assert leaf.kind in found, (leaf.kind, found)
    with tap.test("with keys: it ends well"):
        q.check_end()
    q = start(work, leaves, backend, name="without-keeper", more={"keeper": False})
    use_every_key(work, q)
    roles = processes(q)
    with tap.test("with keeper = false the master has none either"):
        found = found_in(secrets, roles["master"])
        assert not found, found
    with tap.test("with keeper = false they are in the worker, and there is no keeper"):
        assert not roles["keeper"], roles
        found = " ".join(found_in(secrets, roles["worker"]))
        for leaf in leaves:
            assert leaf.kind in found, (leaf.kind, found)
    q.check_end()


def read_keylog(path):
    """Each secret of a key log, by its label."""
    secrets = image.Secrets()
    with open(path) as f:
        for n, line in enumerate(f):
            if not line.startswith("#"):
                label, _, secret = line.split()
                secrets.add("%s of line %d" % (label, n), bytes.fromhex(secret), both_orders=False)
    return secrets


def closed_connections(work, leaves, backend):
    q = start(work, leaves[:1], backend, name="closed")
    port = next(iter(q.ports.values()))
    log, open_log = work.path("keylog"), work.path("keylog-open")
    contexts = []
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        contexts.append(context(work, version))
        contexts[-1].keylog_filename = log
    for i in range(N_CLOSED):
        connect(contexts[i % 2], port)
    # one that is still open: its secrets are there to be found
    c = context(work, ssl.TLSVersion.TLSv1_2)
    c.keylog_filename = open_log
    with socket.create_connection((quench.HOST, port), quench.PATIENCE) as tcp:
        with c.wrap_socket(tcp, server_hostname=NAME) as tls:
            tls.sendall(b"hello")
            assert tls.recv(100)
            quench.wait_until("the others to have ended", lambda: len(q.ask_json("connections")) == 2)
            pages = [p for pid in processes(q)["worker"] for p in image.read(pid)]
            with tap.test("the secret of an open connection is in the worker's memory"):
                assert read_keylog(open_log).found(pages)
    with tap.test("no secret of %d closed connections is in any worker's memory" % N_CLOSED):
        secrets = read_keylog(log)
        assert len(secrets.strings) >= N_CLOSED
        found = secrets.found(pages)
        assert not found, found[:20]
    q.check_end()


def ticket_root(seed, number):
    """The key of an epoch, as tls/hs/epoch.c makes it."""
    secret = hmac.new(b"tickets", seed, hashlib.sha256).digest()
    info = b"ticket root\0" + ROTATION.to_bytes(4, "big") + number.to_bytes(8, "big")
    return hmac.new(secret, info + b"\1", hashlib.sha256).digest()


class Tickets:
    """A daemon whose keys for tickets change each minute. It is looked at twice, with other tests meanwhile."""

    def __init__(self, work, leaves, backend):
        self.seed = os.urandom(64)
        path = work.write("seed", self.seed)
        os.chmod(path, 0o600)
        self.q = start(work, leaves[:1], backend, name="tickets", tickets={"seed": path, "rotate": float(ROTATION)})
        for _ in range(50):
            connect(context(work), next(iter(self.q.ports.values())))

    @staticmethod
    def epoch():
        return int(time.time()) // ROTATION

    def found(self):
        """What a worker has: epochs, by how far they are from this one."""
        now = self.epoch()
        secrets = image.Secrets()
        secrets.add("the seed", self.seed, both_orders=False)
        secrets.add("what follows from it", hmac.new(b"tickets", self.seed, hashlib.sha256).digest(), both_orders=False)
        for number in range(now - 4, now + 5):
            secrets.add("epoch %+d" % (number - now), ticket_root(self.seed, number), both_orders=False)
        return found_in(secrets, processes(self.q)["worker"])

    def check(self):
        """It may take a moment, behind a rotation; what is there then is the keys of three epochs and nothing else."""
        seen = []

        def look():
            seen.append(self.found())
            return seen[-1] == ["epoch +0", "epoch +1", "epoch -1"]
        quench.wait_until(lambda: "three epochs, found: %s" % seen[-3:], look)
        assert not any("seed" in name or "follows" in name for names in seen for name in names), seen

    def first(self):
        with tap.test("a worker has the ticket keys of three epochs, not the seed"):
            self.check()
        self.seen_in = self.epoch()

    def second(self):
        with tap.test("and of the next three when the first is over"):
            time.sleep(max(0, (self.seen_in + 1) * ROTATION - time.time()))
            self.check()
        self.q.check_end()


def main():
    if not image.may_read():
        tap.skip("the memory of the processes", "only root may read it")
        tap.done()
        return
    work = quench.Work()
    backend = quench.Backend(quench.echo)
    leaves = [work.pki.leaf(kind, NAME) for kind in KINDS]
    if image.is_sanitized(start(work, leaves, backend, name="probe").pid):
        tap.skip("the memory of the processes", "a sanitizer's is too large")
        tap.done()
        return
    tickets = Tickets(work, leaves, backend)
    tickets.first()
    private_keys(work, leaves, backend)
    closed_connections(work, leaves, backend)
    tickets.second()
    tap.done()


main()
