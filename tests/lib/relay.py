"""relay.py - a TCP relay between client and server that looks at the records and may cut the bytes."""
import socket
import threading

from quench import HOST, Backend


class Relay(Backend):
    """Clients of .port reach the server's port. Each way goes out in pieces of at most chop bytes, one
    send each. .records: (sender, type, length) of every TLS record, sender "client" or "server"."""

    def __init__(self, port, chop=65536):
        self.target, self.chop, self.records = port, chop, []
        super().__init__(self._relay)

    def _relay(self, client):
        with socket.create_connection((HOST, self.target)) as server:
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            up = threading.Thread(target=self._pump, args=("client", client, server), daemon=True)
            up.start()
            self._pump("server", server, client)
            up.join()

    def _pump(self, sender, source, sink):
        buffered = b""
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    break
                buffered = self._note(sender, buffered + data)
                for at in range(0, len(data), self.chop):
                    sink.sendall(data[at:at + self.chop])
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            # Passed on as an end of both sides.
            for s in (source, sink):
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def _note(self, sender, data):
        while len(data) >= 5:
            length = int.from_bytes(data[3:5], "big")
            if len(data) < 5 + length:
                break
            self.records.append((sender, data[0], length))
            data = data[5 + length:]
        return data

    def lengths(self, sender, kind):
        return [n for who, what, n in self.records if (who, what) == (sender, kind)]
