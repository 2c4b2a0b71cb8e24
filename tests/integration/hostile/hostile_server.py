#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A server that misbehaves by script; see cases.json for what a script is.

usage: hostile_server.py CASES stdio CASE WAY   speaks over its standard input and output
       hostile_server.py CASES http             prints its port; ends when its standard input does

WAY is stdio, stdio-modern, http, http-modern or sse. Over HTTP the path names both: /CASE/WAY.
A case that is not in the file behaves well.
"""
import itertools
import json
import os
import select
import signal
import socket
import struct
import sys
import threading
import time
import zlib

CHUNK = 64 << 10
VERSION = "2025-06-18"
FOREVER_S = 120  # longer than any test waits
INFO = {"name": "hostile", "version": "1"}
CAPABILITIES = {"resources": {"listChanged": True, "subscribe": True}, "tools": {"listChanged": True}}
RESOURCE = {"uri": "test://one", "name": "one", "mimeType": "text/plain"}
TOOL = {"name": "one", "inputSchema": {"type": "object"}}


class Gone(Exception):
    """The client closed its end, or the script did."""


# --- bytes of a script -----------------------------------------------------------------------------


def bomb(mib):
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(1 << 20)
    for _ in range(mib):
        yield squeeze.compress(block)
    yield squeeze.flush()


def pieces(spec, facts):
    """Bytes as in the vectors, made as they are sent: text, {"repeat", "times"}, {"bomb": MiB}, a list."""
    if isinstance(spec, str):
        for name, value in facts.items():
            spec = spec.replace("$" + name, value)
        yield spec.encode("utf-8", "surrogateescape")
    elif isinstance(spec, list):
        for part in spec:
            yield from pieces(part, facts)
    elif "bomb" in spec:
        yield from bomb(spec["bomb"])
    elif "bytes" in spec:
        yield bytes(spec["bytes"])
    else:
        block = b"".join(pieces(spec["repeat"], facts))
        per_chunk = max(1, CHUNK // max(1, len(block)))
        left = spec.get("times")
        while left is None or left > 0:
            now = per_chunk if left is None else min(left, per_chunk)
            yield block * now
            left = None if left is None else left - now


def fill(value, facts):
    """A JSON value with $id (the request's id, whole) and the other facts in place."""
    if value == "$id":
        return json.loads(facts["id"])
    if isinstance(value, str):
        for name, fact in facts.items():
            value = value.replace("$" + name, fact)
        return value
    if isinstance(value, list):
        return [fill(item, facts) for item in value]
    if isinstance(value, dict):
        return {key: fill(item, facts) for key, item in value.items()}
    return value


# --- who behaves well ------------------------------------------------------------------------------


def result_of(method, modern):
    if method == "server/discover":
        return {"supportedVersions": ["2026-07-28"], "capabilities": CAPABILITIES,
                "_meta": {"io.modelcontextprotocol/serverInfo": INFO}} if modern else None
    results = {
        "initialize": None if modern else {"protocolVersion": VERSION, "capabilities": CAPABILITIES,
                                           "serverInfo": INFO},
        "ping": {},
        "resources/list": {"resources": [RESOURCE]},
        "resources/templates/list": {"resourceTemplates": []},
        "resources/read": {"contents": [{"uri": "test://one", "text": "fine"}]},
        "resources/subscribe": {},
        "tools/list": {"tools": [TOOL]},
        "tools/call": {"content": [{"type": "text", "text": "fine"}]},
    }
    return results.get(method)


def answer_to(message, modern):
    result = result_of(message["method"], modern)
    if result is None:
        return {"jsonrpc": "2.0", "id": message["id"],
                "error": {"code": -32601, "message": "Method not found"}}
    if modern:
        result = dict(result, resultType="complete")
    return {"jsonrpc": "2.0", "id": message["id"], "result": result}


# --- how it is said --------------------------------------------------------------------------------


class Voice:
    """Where a script speaks to; `send` raises Gone."""

    def __init__(self, send, lock=None):
        self.send = send
        self.lock = lock or threading.RLock()  # one event at a time on a stream that many threads use

    def frame(self, parts):
        with self.lock:
            self.send(b"data: ")
            for part in parts:
                self.send(part)
            self.send(b"\n\n")

    def answer(self, message):
        self.frame([json.dumps(message).encode()])

    def finish(self):
        pass


class Pipe(Voice):
    def frame(self, parts):
        for part in parts:
            self.send(part)
        self.send(b"\n")


class Reply(Voice):
    """An HTTP response: an event stream at the first frame, JSON when it is one answer."""

    def __init__(self, send):
        super().__init__(send)
        self.is_open = False

    def frame(self, parts):
        if not self.is_open:
            self.is_open = True
            self.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        super().frame(parts)

    def answer(self, message):
        if self.is_open:
            super().answer(message)
        else:
            self.send(http("200 OK", "Content-Type: application/json\r\n", json.dumps(message).encode()))

    def finish(self):
        if self.is_open:
            raise Gone


def http(status, headers, body):
    return (f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n").encode() + body


# --- scripts ---------------------------------------------------------------------------------------


def forever(step, pause=0.0):
    until = time.monotonic() + FOREVER_S
    while time.monotonic() < until:
        step()
        if pause:
            time.sleep(pause)
    raise Gone


def drip(voice, spec, facts, pause):
    for block in pieces(spec, facts):
        for byte in block:
            voice.send(bytes([byte]))
            time.sleep(pause)


def say_all(voice, message, facts, times):
    for n in itertools.count() if times is None else range(times):
        facts["n"] = str(n)
        voice.frame([json.dumps(fill(message, facts)).encode()])


def send_all(voice, spec, facts):
    for block in pieces(spec, facts):
        voice.send(block)


def run_step(voice, step, facts, end):
    op, rest = step[0], step[1:]
    if op == "raw":
        send_all(voice, rest[0], facts)
    elif op == "text":
        voice.frame(pieces(rest[0], facts))
    elif op == "say":
        say_all(voice, rest[0], facts, rest[1] if len(rest) > 1 else 1)
    elif op == "flood":
        say_all(voice, rest[0], facts, None)
    elif op == "result":
        voice.answer({"jsonrpc": "2.0", "id": json.loads(facts["id"]), "result": fill(rest[0], facts)})
    elif op == "error":
        voice.answer({"jsonrpc": "2.0", "id": json.loads(facts["id"]), "error": fill(rest[0], facts)})
    elif op == "http":
        body = b"".join(pieces(rest[2] if len(rest) > 2 else "", facts))
        voice.send(http(rest[0], fill(rest[1] if len(rest) > 1 else "", facts), body))
    elif op == "drip":
        drip(voice, rest[0], facts, rest[1])
    elif op == "forever":
        forever(lambda: send_all(voice, rest[0], facts), rest[1] if len(rest) > 1 else 0.0)
    elif op == "hold":
        end("hold")
    elif op == "sleep":
        time.sleep(rest[0])
    else:
        end(op, *rest)


def run_script(voice, script, facts, end):
    for step in script:
        run_step(voice, step, facts, end)
    voice.finish()


def script_for(case, names):
    for name in names:
        if name in case.get("on", {}):
            return case["on"][name]
    return None


def names_of(message):
    method = message.get("method", "response")
    if method in ("initialize", "server/discover"):
        return [method, "hello", "request"]
    return [method, "request" if "id" in message else "notification"]


def facts_of(message, more):
    return dict(more, id=json.dumps(message.get("id")), method=str(message.get("method")), n="0")


# --- stdio -----------------------------------------------------------------------------------------


def is_hung_up():
    """Nobody will write to us any more. What was written and not read does not hide it."""
    watched = select.poll()
    watched.register(0, 0)
    return any(events & select.POLLHUP for _, events in watched.poll(0))


def send_pipe(data):
    try:
        view = memoryview(data)
        while view:
            if is_hung_up():
                raise Gone
            view = view[os.write(1, view):]
    except OSError as error:
        raise Gone from error


def end_pipe(op, *rest):
    if op == "exit":
        os._exit(rest[0])
    if op == "signal":
        os.kill(os.getpid(), getattr(signal, "SIG" + rest[0]))
    elif op == "ignore":
        signal.signal(getattr(signal, "SIG" + rest[0]), signal.SIG_IGN)
    elif op in ("close", "half_close"):
        os.close(1)
        while os.read(0, CHUNK):
            pass
        raise Gone
    elif op == "deaf":
        os.close(0)
        time.sleep(FOREVER_S)
    elif op == "stderr":
        for block in pieces(rest[0], {}):
            os.write(2, block)
    elif op == "hold":
        while os.read(0, CHUNK):
            pass
        raise Gone
    else:
        raise SystemExit(f"no such step: {op}")


def serve_pipe(case, way):
    modern = way.endswith("modern")
    voice = Pipe(send_pipe)
    try:
        run_script(voice, case.get("on", {}).get("start", []), {"id": "0"}, end_pipe)
        for line in sys.stdin.buffer:
            message = json.loads(line)
            script = script_for(case, names_of(message))
            # an old question that nobody scripted: what is asked next is what the case is about
            if script is not None and not (message.get("method") == "server/discover" and not modern):
                run_script(voice, script, facts_of(message, {}), end_pipe)
            elif "id" in message and "method" in message:
                voice.answer(answer_to(message, modern))
    except Gone:
        pass


# --- HTTP ------------------------------------------------------------------------------------------


class Web:
    def __init__(self, cases):
        self.cases = cases
        self.lock = threading.Lock()
        self.streams = {}  # number -> voice of an HTTP+SSE client
        self.numbers = itertools.count(1)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.elsewhere = socket.create_server(("127.0.0.1", 0), backlog=16)  # nobody may come here
        self.visits = 0

    def facts(self, name, way):
        return {"port": str(self.port), "evil": str(self.elsewhere.getsockname()[1]),
                "url": f"http://127.0.0.1:{self.port}/{name}/{way}", "path": f"/{name}/{way}"}


def read_request(file):
    if file.peek(1)[:1] == b"\x16":  # TLS wants to begin
        raise Gone
    line = file.readline(CHUNK)
    if not line or len(line.split()) < 2:
        raise Gone
    length = 0
    for header in iter(lambda: file.readline(CHUNK), b"\r\n"):
        if not header:
            raise Gone
        key, _, value = header.partition(b":")
        if key.lower() == b"content-length":
            length = int(value)
    verb, path = line.decode().split()[:2]
    return verb, path, file.read(length)


class Talk:
    """One connection."""

    def __init__(self, web, peer):
        self.web = web
        self.peer = peer
        self.lock = threading.RLock()  # of the stream that this is, when it is one
        self.case = {}
        self.way = ""

    def send(self, data):
        try:
            self.peer.sendall(data)
        except OSError as error:
            raise Gone from error

    def wait_closed(self):
        self.peer.settimeout(FOREVER_S)
        try:
            while self.peer.recv(CHUNK):
                pass
        except OSError:
            pass
        raise Gone

    def end(self, op, *rest):
        if op == "hold":
            self.wait_closed()
        elif op == "half_close":
            self.peer.shutdown(socket.SHUT_WR)
            self.wait_closed()
        elif op == "reset":
            self.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise Gone
        elif op == "close":
            raise Gone
        else:
            raise SystemExit(f"no such step: {op} {rest}")

    def open_stream(self, facts):
        number = str(next(self.web.numbers))
        self.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        with self.web.lock:
            self.web.streams[number] = self
        try:
            endpoint = self.case.get("on", {}).get("endpoint")
            if endpoint is None:
                self.send(f"event: endpoint\ndata: {facts['path']}?s={number}\n\n".encode())
            else:
                run_script(Voice(self.send), endpoint, dict(facts, id="0", s=number), self.end)
            self.wait_closed()
        finally:
            with self.web.lock:
                self.web.streams.pop(number, None)

    def take_old(self, query, message, script, facts):
        """A message of an HTTP+SSE client: accepted here, answered on its stream."""
        with self.web.lock:
            stream = self.web.streams.get(query.partition("s=")[2])
        if stream is None:
            self.send(http("404 Not Found", "", b"no such session"))
            return
        self.send(http("202 Accepted", "", b"Accepted"))
        voice = Voice(stream.send, stream.lock)
        if script is not None:
            try:
                run_script(voice, script, facts, stream.end_from_outside)
            except Gone:
                stream.drop()
        elif "id" in message and "method" in message:
            voice.answer(answer_to(message, False))

    def end_from_outside(self, op, *rest):
        """A step of a script that a message on another connection began."""
        if op == "hold":
            time.sleep(FOREVER_S)
        if op == "half_close":
            self.peer.shutdown(socket.SHUT_WR)
        elif op == "reset":
            self.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if op not in ("reset", "half_close", "close", "hold"):
            raise SystemExit(f"no such step: {op} {rest}")
        raise Gone

    def drop(self):
        try:
            self.peer.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def take_post(self, query, body, facts):
        message = json.loads(body)
        modern = self.way.endswith("modern")
        facts = facts_of(message, facts)
        script = script_for(self.case, names_of(message))
        if message.get("method") == "server/discover" and not modern:
            script = None
        if self.way == "sse":
            self.take_old(query, message, script, facts)
        elif script is not None:
            run_script(Reply(self.send), script, facts, self.end)
        elif "id" in message and "method" in message:
            Reply(self.send).answer(answer_to(message, modern))
        else:
            self.send(http("202 Accepted", "", b""))

    def take(self, file):
        verb, target, body = read_request(file)
        path, _, query = target.partition("?")
        _, name, self.way = path.split("/")
        self.case = self.web.cases.get(name, {})
        facts = self.web.facts(name, self.way)
        script = script_for(self.case, [verb, "any"])
        if script is not None:
            run_script(Reply(self.send), script, facts_of({}, facts), self.end)
        elif verb == "POST" and query != "" or verb == "POST" and self.way != "sse":
            self.take_post(query, body, facts)
        elif verb == "GET" and self.way == "sse":
            self.open_stream(facts)
        else:
            self.send(http("405 Method Not Allowed", "", b""))

    def serve(self):
        try:
            with self.peer.makefile("rb") as file:
                while True:
                    self.take(file)
        except (Gone, OSError):
            pass
        finally:
            self.peer.close()


def count_visits(web):
    while True:
        peer, _ = web.elsewhere.accept()
        web.visits += 1
        peer.close()


def accept_all(web):
    while True:
        peer, _ = web.listener.accept()
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=Talk(web, peer).serve, daemon=True).start()


def serve_http(cases):
    web = Web(cases)
    threading.Thread(target=count_visits, args=(web,), daemon=True).start()
    threading.Thread(target=accept_all, args=(web,), daemon=True).start()
    print(web.port, flush=True)
    for _ in sys.stdin:  # a line asks how many came where nobody may
        print(web.visits, flush=True)
    os._exit(0)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = {case["name"]: case for case in json.load(file)["cases"]}
    if sys.argv[2] == "http":
        serve_http(cases)
    else:
        serve_pipe(cases.get(sys.argv[3], {}), sys.argv[4])


main()
