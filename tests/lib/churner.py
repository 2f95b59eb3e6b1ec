"""churner.py - many connections that come and go; a process of its own beside the test.

    churner.py echo                               a backend; prints its port
    churner.py client PORT CA NAME SLOTS SECONDS  clients; prints JSON when all are done

A client opens its connections one after the other. From when all are open until SECONDS later every
connection sends, checks what comes back, ends in one of several ways and is replaced by a new one.
"""
import asyncio
import json
import os
import random
import ssl
import struct
import sys
import time

HOST = "127.0.0.1"
LIFE = (2.0, 14.0)  # seconds a connection lives
HEAD = struct.Struct(">IB")  # length, and what to do afterwards
GO_ON, HANG_UP = 0, 1


async def echo(reader, writer):
    try:
        while True:
            length, then = HEAD.unpack(await reader.readexactly(HEAD.size))
            writer.write(await reader.readexactly(length))
            await writer.drain()
            if then == HANG_UP:
                break
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    writer.close()


async def serve():
    server = await asyncio.start_server(echo, HOST, 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


class Clients:
    def __init__(self, port, ca, name, slots, seconds):
        self.port, self.name, self.slots, self.seconds = port, name, slots, seconds
        self.ctx = ssl.create_default_context(cafile=ca)
        self.data = os.urandom(1 << 16)
        self.n_open = self.n_done = self.n_bytes = 0
        self.fewest = slots
        self.errors = {}
        self.end = None

    async def open(self):
        reader, writer = await asyncio.open_connection(
            HOST, self.port, ssl=self.ctx, server_hostname=self.name, ssl_handshake_timeout=60)
        self.n_open += 1
        return reader, writer

    async def round(self, reader, writer, then):
        at, length = random.randrange(1 << 15), random.randrange(1, 1 << 15)
        piece = self.data[at:at + length]
        writer.write(HEAD.pack(length, then) + piece)
        got = await asyncio.wait_for(reader.readexactly(length), 60)
        if got != piece:
            raise ValueError("other bytes came back")
        self.n_bytes += length

    async def live(self, reader, writer):
        """Rounds for a random time, then one of: the client closes, is gone, the backend closes."""
        until = time.monotonic() + random.uniform(*LIFE)
        while time.monotonic() < until and time.monotonic() < self.end:
            await self.round(reader, writer, GO_ON)
            await asyncio.sleep(random.uniform(0.2, 3.0))
        how = random.randrange(3)
        if how == 0:
            await self.round(reader, writer, HANG_UP)
            if await asyncio.wait_for(reader.read(1), 60) != b"":
                raise ValueError("bytes after the end")
        if how == 1:
            writer.transport.abort()
        writer.close()

    async def slot(self, first):
        reader, writer = first
        while True:
            try:
                await self.live(reader, writer)
                self.n_done += 1
            except Exception as e:
                self.note(e)
                writer.transport.abort()
            self.n_open -= 1
            if time.monotonic() >= self.end:
                return
            try:
                reader, writer = await self.open()
            except Exception as e:
                self.note(e)
                return

    def note(self, e):
        text = "%s: %s" % (type(e).__name__, e)
        self.errors[text] = self.errors.get(text, 0) + 1

    async def watch(self):
        while time.monotonic() < self.end:
            self.fewest = min(self.fewest, self.n_open)
            await asyncio.sleep(0.25)

    async def run(self):
        began = time.monotonic()
        gate = asyncio.Semaphore(16)

        async def one():
            async with gate:
                return await self.open()
        first = await asyncio.gather(*[one() for _ in range(self.slots)])
        ramp = time.monotonic() - began
        self.end = time.monotonic() + self.seconds
        await asyncio.gather(self.watch(), *[self.slot(f) for f in first])
        print(json.dumps({"ramp": ramp, "done": self.n_done, "bytes": self.n_bytes,
                          "fewest": self.fewest, "errors": self.errors}), flush=True)


def main():
    if sys.argv[1] == "echo":
        asyncio.run(serve())
    else:
        port, ca, name, slots, seconds = sys.argv[2:]
        asyncio.run(Clients(int(port), ca, name, int(slots), float(seconds)).run())


main()
