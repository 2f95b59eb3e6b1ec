"""image.py - what the memory of a process holds: its writable pages and those that belong to no file, read as root."""
import base64
import os
import re

STEP = 8  # a run of RUN bytes holds one window of STEP bytes that begins at a multiple of STEP
RUN = 16


def may_read():
    """Only root may look into a process that isn't dumpable."""
    return os.getuid() == 0


def is_sanitized(pid):
    """A sanitizer maps terabytes, and keeps what was freed."""
    with open("/proc/%d/status" % pid) as f:
        return int(re.search(r"VmSize:\s+(\d+) kB", f.read())[1]) > 1 << 30


def _wanted(perms, inode, path):
    if not perms.startswith("r") or path in ("[vvar]", "[vsyscall]", "[vdso]", "[vvar_vclock]"):
        return False
    return "w" in perms or inode == "0" or path.startswith("/memfd:")


def read(pid):
    """The pages of a process, as a list of bytes."""
    parts = []
    with open("/proc/%d/maps" % pid) as maps, open("/proc/%d/mem" % pid, "rb", buffering=0) as mem:
        for line in maps:
            fields = line.split(None, 5)
            if not _wanted(fields[1], fields[4], fields[5].strip() if len(fields) > 5 else ""):
                continue
            begin, end = (int(x, 16) for x in fields[0].split("-"))
            parts += _pages(mem, begin, end)
    return parts


def _pages(mem, begin, end):
    """What was touched of a mapping; pieces without anything in them are left out."""
    parts, piece = [], 1 << 20
    for at in range(begin, end, piece):
        try:
            mem.seek(at)
            data = mem.read(min(piece, end - at))
        except OSError:
            continue
        if data.strip(b"\0"):
            # a run may lie across two pieces
            if parts and parts[-1][0] + len(parts[-1][1]) == at:
                parts[-1] = (parts[-1][0], parts[-1][1] + data)
            else:
                parts.append((at, data))
    return [data for _, data in parts]


class Secrets:
    """Names of byte strings, found in an image by any run of RUN bytes of them, in either byte order."""

    def __init__(self):
        self.strings = []
        self.windows = {}

    def add(self, name, secret, both_orders=True):
        for order, text in (("", secret), (" (reversed)", secret[::-1]))[:2 if both_orders else 1]:
            number = len(self.strings)
            self.strings.append((name + order, text))
            for at in range(0, len(text) - STEP + 1, STEP):
                window = text[at:at + STEP]
                if len(set(window)) > 2:
                    self.windows.setdefault(window, []).append((number, at))

    def _run(self, data, at, number, offset):
        """Bytes that agree around a window that was found."""
        text = self.strings[number][1]
        left = 0
        while offset - left > 0 and at - left > 0 and data[at - left - 1] == text[offset - left - 1]:
            left += 1
        right = STEP
        while offset + right < len(text) and at + right < len(data) and data[at + right] == text[offset + right]:
            right += 1
        return left + right

    def found(self, image):
        """The names of those that the image holds."""
        names = set()
        for data in image:
            for at in self._hits(data):
                for number, offset in self.windows[data[at:at + STEP]]:
                    if self._run(data, at, number, offset) >= min(RUN, len(self.strings[number][1])):
                        names.add(self.strings[number][0])
        return sorted(names)

    def _hits(self, data):
        if len(self.windows) < 400:
            return self._hits_few(data)
        windows = self.windows
        return [at for at in range(len(data) - STEP + 1) if data[at:at + STEP] in windows]

    def _hits_few(self, data):
        hits = []
        for window in self.windows:
            at = data.find(window)
            while at >= 0:
                hits.append(at)
                at = data.find(window, at + 1)
        return hits


# ---- Private keys: the numbers that are secret, by DER

def _element(der, at):
    """Tag, content, and where the next element begins."""
    tag, length, at = der[at], der[at + 1], at + 2
    if length & 0x80:
        n = length & 0x7f
        length, at = int.from_bytes(der[at:at + n], "big"), at + n
    return tag, der[at:at + length], at + length


def _elements(der):
    at, out = 0, []
    while at < len(der):
        tag, content, at = _element(der, at)
        out.append((tag, content))
    return out


def private_parts(path):
    """(name, bytes) of each secret number in a PKCS#8 file."""
    with open(path) as f:
        text = re.search(r"-----BEGIN PRIVATE KEY-----(.*?)-----END", f.read(), re.S)[1]
    parts = _elements(_element(base64.b64decode(text), 0)[1])
    algorithm, inner = parts[1][1], parts[2][1]
    if bytes.fromhex("2a864886f70d010101") in algorithm:
        numbers = _elements(_element(inner, 0)[1])
        return [(name, numbers[i][1].lstrip(b"\0")) for name, i in
                (("d", 3), ("p", 4), ("q", 5), ("dp", 6), ("dq", 7), ("qinv", 8))]
    if bytes.fromhex("2b6570") in algorithm:
        return [("seed", _element(inner, 0)[1])]
    return [("d", _elements(_element(inner, 0)[1])[1][1])]
