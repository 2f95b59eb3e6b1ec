"""curlgnutls.py - HTTP requests with the libcurl that is built with GnuTLS; Debian has no curl program of it.
Takes jobs as lines of JSON, and answers each with a line. With "version" as argument it only says whether the
library is there."""
import ctypes
import json
import sys

CA, CERT, KEY, URL, RESOLVE, HEADER, ERROR = 10065, 10025, 10087, 10002, 10203, 10023, 10010
WRITE, HEADERS_TOO, SSLVERSION, TIMEOUT, ALPN, HTTP_VERSION = 20011, 42, 32, 13, 226, 84
NUM_CONNECTS = 0x200000 + 26
VERSIONS = {"1.2": 6, "1.3": 7}
WRITER = ctypes.CFUNCTYPE(ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_void_p)

lib = ctypes.CDLL("libcurl-gnutls.so.4")
lib.curl_version.restype = ctypes.c_char_p
lib.curl_easy_init.restype = ctypes.c_void_p
lib.curl_slist_append.restype = ctypes.c_void_p
lib.curl_slist_append.argtypes = [ctypes.c_void_p, ctypes.c_char_p]


class Curl:
    def __init__(self, job):
        self.handle = ctypes.c_void_p(lib.curl_easy_init())
        self.data = b""
        self.writer = WRITER(self.take)
        self.error = ctypes.create_string_buffer(256)
        name, port = job["name"], job["port"]
        self.set(URL, ("https://%s:%d%s" % (name, port, job["path"])).encode())
        self.set(RESOLVE, ctypes.c_void_p(lib.curl_slist_append(None, ("%s:%d:127.0.0.1" % (name, port)).encode())))
        self.set(CA, job["ca"].encode())
        self.set(WRITE, self.writer)
        self.set(ERROR, self.error)
        version = VERSIONS[job["version"]]
        for option, number in ((HEADERS_TOO, 1), (TIMEOUT, 30), (ALPN, 0), (HTTP_VERSION, 2),
                               (SSLVERSION, version | version << 16)):
            self.set(option, ctypes.c_long(number))
        if job["resume"]:
            self.set(HEADER, ctypes.c_void_p(lib.curl_slist_append(None, b"Connection: close")))
        if job["cert"]:
            self.set(CERT, job["cert"][0].encode())
            self.set(KEY, job["cert"][1].encode())

    def set(self, option, value):
        status = lib.curl_easy_setopt(self.handle, ctypes.c_int(option), value)
        if status != 0:
            raise ValueError("option %d: %d" % (option, status))

    def take(self, at, size, n, _):
        self.data += ctypes.string_at(at, size * n)
        return size * n

    def perform(self):
        status = lib.curl_easy_perform(self.handle)
        if status != 0:
            raise ValueError("libcurl: %d %s" % (status, self.error.value.decode()))
        n = ctypes.c_long()
        lib.curl_easy_getinfo(self.handle, ctypes.c_int(NUM_CONNECTS), ctypes.byref(n))
        return n.value

    def close(self):
        lib.curl_easy_cleanup(self.handle)


def do(job):
    curl = Curl(job)
    try:
        n_connects = [curl.perform() for _ in range(2 if job["resume"] else job["rounds"])]
        if n_connects != ([1, 1] if job["resume"] else [1] + [0] * (job["rounds"] - 1)):
            raise ValueError("connections: %s" % n_connects)
        return {"text": curl.data.decode("latin-1")}
    finally:
        curl.close()


if sys.argv[1:] == ["version"]:
    print(lib.curl_version().decode())
    sys.exit("GnuTLS" not in lib.curl_version().decode())
for line in sys.stdin:
    try:
        result = do(json.loads(line))
    except ValueError as e:
        result = {"error": str(e)}
    print(json.dumps(result), flush=True)
