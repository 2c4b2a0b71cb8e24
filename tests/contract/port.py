#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""port.py MODULE: an example of a port, in Python's standard library alone.

Five modules as docs/vectors.md describes them, speaking the protocol of docs/reimplementing.md:

  scripts/contract.sh --probe "python3 tests/contract/port.py" --offered
"""
import base64
import json
import re
import sys


class Refusal(Exception):
    def __init__(self, code, what="", where=""):
        super().__init__(what)
        self.answer = {"code": code, "where": where, "what": what}


# ---- bytes, as cases write them

def read_bytes(value):
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, list):
        return b"".join(map(read_bytes, value))
    if "base64" in value:
        return base64.b64decode(value["base64"])
    return read_bytes(value["repeat"]) * value["times"]


def check_limit(count, limit):
    if count > limit:
        raise Refusal("E_LIMIT", f"more than {limit} bytes")


def show_bytes(data):
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\0"
    return text if "\0" not in text else {"base64": base64.b64encode(data).decode()}


# ---- line_framer

class LineFramer:
    def __init__(self, limit, on_line):
        self.limit, self.on_line = limit, on_line
        self.partial, self.skipping, self.skipped = b"", False, 0

    def skip(self):
        self.partial, self.skipping = b"", True
        self.skipped += 1

    def feed(self, data):
        """False when a line was too long."""
        before = self.skipped
        *lines, rest = data.split(b"\n")
        for line in lines:
            if not self.skipping:
                self.deliver(self.partial + line)
            self.partial, self.skipping = b"", False
        # One byte more than the limit may be the CR of a CR LF.
        if not self.skipping:
            self.partial += rest
            if len(self.partial.removesuffix(b"\r")) > self.limit:
                self.skip()
        return self.skipped == before

    def deliver(self, line):
        line = line.removesuffix(b"\r")
        if len(line) > self.limit:
            self.skipped += 1
        elif line:
            self.on_line(line)

    def end(self):
        before, line = self.skipped, self.partial
        self.partial = b""
        if not self.skipping:
            self.deliver(line)
        return self.skipped == before


def line_framer(case):
    log = []

    def on_line(line):
        if "stop_at" in case and line == case["stop_at"].encode():
            raise Refusal("E_CANCELLED", "stopped")
        log.append(show_bytes(line))

    framer = LineFramer(case.get("limit", 64), on_line)
    steps = [(framer.feed, (read_bytes(piece),)) for piece in case["feed"]]
    for step, words in steps + [(framer.end, ())] * case.get("end", True):
        if not step(*words):
            log.append({"refused": "E_LIMIT", "skipped": framer.skipped})
    return log


# ---- sse_parser

class SseParser:
    MAX_RETRY_MS = 3600000

    def __init__(self, limit, on_event):
        self.limit, self.on_event = limit, on_event
        self.line, self.after_cr, self.past_first = bytearray(), False, False
        self.data, self.type, self.id, self.retry_ms = None, b"", b"", None

    def feed(self, data):
        for byte in data:
            if byte == 0x0A and self.after_cr:
                self.after_cr = False
                continue
            self.after_cr = byte == 0x0D
            if byte in (0x0A, 0x0D):
                line, self.line = bytes(self.line), bytearray()
                self.take(line)
            else:
                self.line.append(byte)
                check_limit(len(self.line), self.limit)

    def take(self, line):
        if not self.past_first:
            line = line.removeprefix(b"\xef\xbb\xbf")
        self.past_first = True
        if not line:
            self.dispatch()
            return
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self.data = (b"" if self.data is None else self.data) + value + b"\n"
            check_limit(len(self.data), self.limit)
        elif field == b"event":
            self.type = value
        elif field == b"id" and b"\0" not in value:
            self.id = value
        elif field == b"retry" and re.fullmatch(rb"[0-9]+", value):
            self.retry_ms = min(int(value), self.MAX_RETRY_MS)

    def dispatch(self):
        data, kind = self.data, self.type or b"message"
        self.data, self.type = None, b""
        if data is not None:
            self.on_event(kind, data[:-1], self.id)


def parse_events(case, pieces):
    events = []

    def on_event(kind, data, last_id):
        if "stop_at" in case and data == case["stop_at"].encode():
            raise Refusal("E_CANCELLED", "stopped")
        events.append({"type": show_bytes(kind), "data": show_bytes(data), "id": show_bytes(last_id)})

    parser = SseParser(case.get("limit", 4096), on_event)
    for piece in pieces:
        parser.feed(piece)
    return events + [{"retry_ms": parser.retry_ms}] * (parser.retry_ms is not None)


def sse_parser(case):
    return parse_events(case, [read_bytes(case["bytes"])])


# ---- pointer

def tokens_of(pointer):
    """[(token, the pointer up to and with it)]"""
    data = pointer.encode()
    if data and data[:1] != b"/":
        raise Refusal("E_SYNTAX", 'a pointer begins with "/"', "byte 0")
    if wrong := re.search(rb"~(?![01])", data):
        raise Refusal("E_SYNTAX", '"~" stands before 0 or 1', f"byte {wrong.start()}")
    ends = [m.end() for m in re.finditer(rb"/[^/]*", data)]
    raw = [data[:end].decode() for end in ends]
    return [(r.rpartition("/")[2].replace("~1", "/").replace("~0", "~"), r) for r in raw]


def index_of(token):
    return int(token) if re.fullmatch("0|[1-9][0-9]{0,17}", token) else None


def absent(where):
    return Refusal("E_NOT_FOUND", "there is no such value", where)


def get(value, pointer):
    for token, where in tokens_of(pointer):
        index = index_of(token)
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and index is not None and index < len(value):
            value = value[index]
        else:
            raise absent(where)
    return value


class Scanner:
    """Walks JSON text as far as a pointer leads."""

    def __init__(self, text):
        self.text, self.at = text, 0

    def place(self, at):
        before = self.text[:at]
        return [before.count(b"\n") + 1, at - (before.rfind(b"\n") + 1) + 1]

    def wrong(self):
        line, column = self.place(self.at)
        return Refusal("E_SYNTAX", "not JSON", f"{line}:{column}")

    def peek(self):
        self.at = re.compile(rb"[ \t\r\n]*").match(self.text, self.at).end()
        return self.text[self.at:self.at + 1]

    def match(self, pattern):
        """Past what matches here."""
        self.at = re.compile(pattern).match(self.text, self.at).end()

    def word(self):
        """Past a number, true, false or null; an error where it stops being one."""
        begin = self.at
        for word in (b"true", b"false", b"null"):
            if self.text[begin:begin + 1] == word[:1]:
                for byte in word:
                    if self.text[self.at:self.at + 1] != bytes([byte]):
                        raise self.wrong()
                    self.at += 1
                return
        self.match(rb"-?")
        self.digits(rb"0|[1-9][0-9]*")
        if self.text[self.at:self.at + 1] == b".":
            self.at += 1
            self.digits(rb"[0-9]+")
        if self.text[self.at:self.at + 1] in (b"e", b"E"):
            self.match(rb"[eE][-+]?")
            self.digits(rb"[0-9]+")

    def digits(self, pattern):
        begin = self.at
        self.match(rb"(?:" + pattern + rb")?")
        if self.at == begin:
            raise self.wrong()

    def take(self, byte):
        if self.peek() != byte:
            raise self.wrong()
        self.at += 1

    def string(self):
        if self.peek() != b'"':
            raise self.wrong()
        begin = self.at
        self.match(rb'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*')
        if self.text[self.at:self.at + 1] != b'"':
            self.match(rb"(?:\\(?:u[0-9A-Fa-f]{0,3})?)?")
            raise self.wrong()
        self.at += 1
        text = json.loads(self.text[begin:self.at]).encode("utf-16", "surrogatepass")
        # A surrogate without its partner is no character: U+FFFD, as everywhere.
        return text.decode("utf-16", "replace")

    def expect_value(self):
        if not re.match(rb'[{\["0-9tfn-]', self.peek()):
            raise self.wrong()

    def skip(self):
        """Past one value of any depth: what is open is a list, not the call stack."""
        open_ones = []
        while True:
            first = self.peek()
            if first in (b"{", b"["):
                open_ones.append(self.members() if first == b"{" else self.elements())
            elif first == b'"':
                self.string()
            else:
                self.word()
            while open_ones and next(open_ones[-1], None) is None:
                open_ones.pop()
            if not open_ones:
                return

    def members(self):
        """(key, where it begins), before its value, which the caller skips or enters."""
        self.take(b"{")
        while self.peek() != b"}":
            begin, key = self.at, self.string()
            self.take(b":")
            self.peek()
            yield key, begin
            if self.peek() != b"}":
                self.take(b",")
                if self.peek() == b"}":
                    raise self.wrong()
        self.at += 1

    def elements(self):
        self.take(b"[")
        count = 0
        while self.peek() != b"]":
            yield count, self.at
            count += 1
            if self.peek() != b"]":
                self.take(b",")
                if self.peek() == b"]":
                    raise self.wrong()
        self.at += 1

    def find(self, token, where):
        """Go to the value of that name; where its key begins."""
        first, wanted = self.peek(), token
        if first == b"{":
            entries = self.members()
        elif first == b"[" and index_of(token) is not None:
            entries, wanted = self.elements(), index_of(token)
        else:
            raise absent(where)
        for name, begin in entries:
            if name == wanted:
                return begin
            self.skip()
        raise absent(where)


def locate(case):
    scanner = Scanner(read_bytes(case["in"]))
    tokens = tokens_of(case["locate"])
    scanner.expect_value()
    begin = scanner.at
    for i, (token, where) in enumerate(tokens):
        is_object, owner = scanner.peek() == b"{", scanner.at
        try:
            key = scanner.find(token, where)
        except Refusal as why:
            is_last = i == len(tokens) - 1
            if why.answer["code"] != "E_NOT_FOUND" or not (case.get("at_key") and is_last and is_object):
                raise
            return scanner.place(owner)
        scanner.expect_value()
        begin = key if case.get("at_key") and i == len(tokens) - 1 else scanner.at
    return scanner.place(begin)


def pointer(case):
    if "get" in case:
        return get(case["of"], case["get"])
    if "locate" in case:
        return locate(case)
    built = "".join("/" + str(t).replace("~", "~0").replace("/", "~1") for t in case["build"])
    check_limit(len(built.encode()), case.get("limit", 4096))
    return built


# ---- uri_template

def split_template(template):
    """[(literal, variable or None)]"""
    data, parts, names, at = template.encode(), [], [], 0
    while True:
        literal = re.compile(rb"[^{}]*").match(data, at)
        at = literal.end()
        if at == len(data):
            return parts + [(literal[0], None)]
        if data[at:at + 1] == b"}" or (parts and not literal[0]):
            raise Refusal("E_SYNTAX", "a brace without its partner, or no text between variables", f"byte {at}")
        name = re.compile(rb"[A-Za-z0-9_.-]*").match(data, at + 1)
        end = name.end()
        if end == len(data):
            raise Refusal("E_SYNTAX", "a brace that is not closed", f"byte {at}")
        if data[end:end + 1] != b"}" or not name[0]:
            raise Refusal("E_SYNTAX", "not a name", f"byte {end}")
        if name[0] in names:
            raise Refusal("E_EXISTS", "a name twice")
        if len(names) == 16:
            raise Refusal("E_LIMIT", "more than 16 variables")
        names.append(name[0])
        parts.append((literal[0], name[0].decode()))
        at = end + 1


def decode_value(raw):
    if re.search(rb"%(?![0-9A-Fa-f]{2})", raw):
        raise absent("")
    data = re.sub(rb"%(..)", lambda m: bytes([int(m[1], 16)]), raw)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise absent("") from None
    if "\0" in text or {".", ".."} & set(re.split(r"[/\\]", text)):
        raise absent("")
    return text


def uri_template(case):
    parts = split_template(case["template"])
    if "uri" not in case:
        return [name for _, name in parts if name]
    uri, at, values = case["uri"].encode(), 0, {}
    for i, (literal, name) in enumerate(parts):
        if not uri.startswith(literal, at):
            raise absent("")
        at += len(literal)
        if name is None:
            if at != len(uri):
                raise absent("")
            break
        following, after = parts[i + 1]
        end = uri.find(following, at + 1) if after else len(uri) - len(following)
        raw = uri[at:end]
        if end <= at or not raw or re.search(rb"[/?#]", raw):
            raise absent("")
        values[name] = decode_value(raw)
        at = end
    return values


# ---- base64

def base64_decode(data, is_url, limit):
    digits = rb"A-Za-z0-9" + (rb"_-" if is_url else rb"+/")
    pad = b"" if is_url else re.search(rb"={0,2}$", data)[0]
    if not is_url and len(data) % 4:
        raise Refusal("E_SYNTAX", "not padded to a multiple of 4", f"byte {len(data)}")
    body = data[:len(data) - len(pad)]
    if len(body) % 4 == 1:
        raise Refusal("E_SYNTAX", "a digit left over", f"byte {len(body) - 1}")
    check_limit(len(body) * 3 // 4, limit)
    if wrong := re.search(rb"[^" + digits + rb"]", body):
        raise Refusal("E_SYNTAX", "not a digit", f"byte {wrong.start()}")
    decoded = base64.b64decode(body + b"=" * (-len(body) % 4), b"-_" if is_url else None)
    again = base64.b64encode(decoded, b"-_" if is_url else None).rstrip(b"=")
    if again != body:
        raise Refusal("E_SYNTAX", "spare bits are not zero", f"byte {len(body) - 1}")
    return decoded


def base64_module(case):
    is_url, limit = case.get("url", False), case.get("limit", 1 << 20)
    if "encode" in case:
        out = base64.b64encode(read_bytes(case["encode"]), b"-_" if is_url else None)
        out = out.rstrip(b"=") if is_url else out
    else:
        out = base64_decode(read_bytes(case["decode"]), is_url, limit)
    check_limit(len(out), limit)
    return show_bytes(out)


MODULES = {"base64": base64_module, "line_framer": line_framer, "pointer": pointer,
           "sse_parser": sse_parser, "uri_template": uri_template}


def main():
    run = MODULES.get(sys.argv[1] if len(sys.argv) == 2 else "")
    if run is None:
        print("usage: port.py", "|".join(MODULES), file=sys.stderr)
        return 2
    for line in sys.stdin:
        try:
            answer = {"out": run(json.loads(line)["in"])}
        except Refusal as refusal:
            answer = {"error": refusal.answer}
        print(json.dumps(answer), flush=True)
    return 0


sys.exit(main())
