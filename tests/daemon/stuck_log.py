"""A log that takes nothing, its disk full or its reader stopped: reload, status, reopen, drain and TERM go on."""
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "lib"))

import quench
import tap

NAME = "stuck.example"


def lines(q):
    """Some for the log, which nobody takes."""
    for _ in range(100):
        try:
            quench.say(q.ports["web"], b"junk\n")
        except OSError:
            pass


def is_answered(q):
    q.ask("reload")
    assert q.ask_json("status")[-1]["ok"]
    q.ask("reopen")


def full_disk(work, service):
    folder = work.path("tiny")
    os.mkdir(folder)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True).returncode:
        tap.skip("a full disk", "none can be mounted here")
        return
    q = quench.Quenchd(work, service, name="full")
    try:
        q.write_conf(service, log={"target": "file:" + folder + "/log", "level": "info"})
        q.ask("reload")
        with tap.test("a full disk: whoever asks is answered"):
            with open(folder + "/fill", "wb", 0) as f:
                try:
                    while f.write(b"x" * 4096):
                        pass
                except OSError:
                    pass
            lines(q)
            is_answered(q)
        with tap.test("a full disk: TERM ends it, with status 0"):
            q.popen.send_signal(signal.SIGTERM)
            assert q.popen.wait(quench.PATIENCE) == 0
    finally:
        q.kill()
        subprocess.run(["umount", folder], check=False)


def stopped_reader(work, service):
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while os.write(writer, b"x" * 4096):
            pass
    except BlockingIOError:
        os.set_blocking(writer, True)
    q = quench.Quenchd(work, service, name="stopped")
    q.check_end()
    conf = q.write_conf(service, log={"target": "stderr", "level": "info"})
    p = subprocess.Popen([quench.QUENCHD, "-c", conf], stdout=writer, stderr=writer)
    try:
        quench.wait_until("the admin socket", lambda: os.path.exists(q.admin) and "generation" in
                          q.ask("status", "--json", status=None))
        with tap.test("a reader that has stopped: whoever asks is answered"):
            is_answered(q)
        with tap.test("a reader that has stopped: drain ends it, with status 0"):
            q.ask("drain")
            assert p.wait(quench.PATIENCE) == 0
    finally:
        if p.poll() is None:
            p.kill()
            p.wait()
    os.close(reader)


def main():
    work = quench.Work()
    backend = quench.Backend(quench.echo)
    service = quench.service("web", [work.pki.leaf("p256", NAME)], backend.port)
    stopped_reader(work, service)
    full_disk(work, service)
    tap.done()


main()
