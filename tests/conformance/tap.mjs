// SPDX-License-Identifier: MIT
// From the bytes that tap.c recorded, and from vectors, to conversations: what a client asked and what the
// server said. A conversation is a list of {asked: [MESSAGE], said: [MESSAGE], session?, version?, modern?}.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const VERSION = 'io.modelcontextprotocol/protocolVersion';

// An integer that a JavaScript number cannot hold becomes the nearest that it can.
const hold = (key, value) => Number.isInteger(value) && !Number.isSafeInteger(value) ? Math.sign(value) * Number.MAX_SAFE_INTEGER : value;

export function parse(text) {
  try { return JSON.parse(text, hold); } catch { return undefined; }
}

const flat = message => message === undefined ? [] : [message].flat();

// --- the record ---

function* records(bytes) {
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(10, at);
    const [kind, connection, length] = bytes.toString('latin1', at, end).split(' ');
    const to = end + 1 + Number(length);
    if (end < 0 || to > bytes.length) return; // killed while it wrote
    yield { kind, connection: Number(connection), bytes: bytes.subarray(end + 1, to) };
    at = to + 1;
  }
}

// --- HTTP/1.1, both ways ---

function readHead(bytes, at) {
  const end = bytes.indexOf('\r\n\r\n', at);
  if (end < 0) return undefined;
  const [first, ...lines] = bytes.toString('latin1', at, end).split('\r\n');
  const headers = Object.fromEntries(lines.map(line => [line.slice(0, line.indexOf(':')).trim().toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
  return { first: first.split(' '), headers, body: end + 4 };
}

function readChunks(bytes, at) {
  const parts = [];
  for (;;) {
    const end = bytes.indexOf('\r\n', at);
    const size = end < 0 ? NaN : parseInt(bytes.toString('latin1', at, end), 16);
    if (Number.isNaN(size)) return { body: Buffer.concat(parts), at: bytes.length };
    parts.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
    if (size === 0) return { body: Buffer.concat(parts), at };
  }
}

function* readHttp(bytes, isAnswer) {
  for (let at = 0; at < bytes.length;) {
    const head = readHead(bytes, at);
    if (!head || !/^HTTP\/1/.test(head.first[isAnswer ? 0 : 2] ?? '')) return;
    const { headers } = head;
    const isBare = isAnswer && /^(1..|204|304)$/.test(head.first[1]);
    const length = isBare ? 0 : Number(headers['content-length'] ?? (isAnswer ? bytes.length - head.body : 0));
    const { body, at: next } = !isBare && /chunked/i.test(headers['transfer-encoding'] ?? '')
      ? readChunks(bytes, head.body) : { body: bytes.subarray(head.body, head.body + length), at: head.body + length };
    at = next;
    if (!(isAnswer && head.first[1] === '100')) yield { first: head.first, headers, body };
  }
}

function events(text) {
  return text.split(/\n\n/).slice(0, -1).map(block => {
    const fields = block.split('\n').map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).replace(/^ /, '')]);
    return { type: fields.find(([name]) => name === 'event')?.[1] ?? 'message', data: fields.filter(([name]) => name === 'data').map(([, value]) => value).join('\n') };
  }).filter(event => event.data !== '');
}

function exchangeOf(request, answer) {
  const type = answer.headers['content-type'] ?? '';
  const stream = type.startsWith('text/event-stream') ? events(answer.body.toString()) : [];
  const isPost = request.first[0] === 'POST';
  const said = stream.filter(event => event.type !== 'endpoint').map(event => parse(event.data) ?? event.data);
  if (isPost && type.startsWith('application/json') && answer.body.length) said.push(parse(answer.body.toString()) ?? answer.body.toString());
  const post = request.first[1];
  return {
    asked: isPost ? flat(parse(request.body.toString())) : [], said,
    session: stream.find(event => event.type === 'endpoint')?.data ?? (/session/i.test(post) ? post : answer.headers['mcp-session-id'] ?? request.headers['mcp-session-id']),
    version: request.headers['mcp-protocol-version'],
  };
}

function overHttp({ heard, said }) {
  const requests = [...readHttp(Buffer.concat(heard), false)];
  const answers = [...readHttp(Buffer.concat(said), true)];
  return answers.slice(0, requests.length).map((answer, i) => exchangeOf(requests[i], answer));
}

// --- lines of stdio, in their order ---

function overStdio(order) {
  const rest = { '<': '', '>': '' };
  const turns = [];
  for (const { kind, bytes } of order) {
    const lines = (rest[kind] + bytes.toString('latin1')).split('\n');
    rest[kind] = lines.pop();
    for (const line of lines.filter(one => one.trim() !== '')) {
      const text = Buffer.from(line, 'latin1').toString();
      if (kind === '<') turns.push({ session: 'stdio', asked: flat(parse(text)), said: [] });
      else (turns.at(-1) ?? turns[turns.push({ session: 'stdio', asked: [], said: [] }) - 1]).said.push(parse(text) ?? text);
    }
  }
  return turns.some(turn => turn.asked.length) ? turns : [];
}

export function recorded(dir) {
  return readdirSync(dir).flatMap(file => {
    const all = [...records(readFileSync(path.join(dir, file)))];
    const wires = Map.groupBy(all, record => record.connection);
    const name = file.replace(/\.\d+$/, '');
    const bytes = (list, kind) => list.filter(one => one.kind === kind).map(one => one.bytes);
    const turns = [...wires].flatMap(([connection, list]) => connection === 0 ? overStdio(list)
      : overHttp({ heard: bytes(list, '<'), said: bytes(list, '>') }));
    return turns.length ? [{ name, turns }] : [];
  });
}

// --- vectors of the engine: steps and what came of each ---

function ofCase({ name, in: { steps }, out }) {
  const turns = [];
  steps.forEach((step, i) => {
    const said = out[i]?.sent ?? [];
    if (step.receive !== undefined)
      turns[i] = { session: step.as ?? step.session, version: step.headers?.['MCP-Protocol-Version'], asked: flat(typeof step.receive === 'string' ? parse(step.receive) : step.receive), said };
    else if (step.trace !== undefined) turns[i] = { ...turns[step.trace], said };
    else turns[i] = { session: step.heard, asked: [], said };
  });
  return { name, turns };
}

export function ofVectors(file) {
  return parse(readFileSync(file, 'utf8')).cases.filter(one => Array.isArray(one.out)).map(ofCase);
}

export const versionOf = message => message?.params?._meta?.[VERSION];
