// SPDX-License-Identifier: MIT
// Streamable HTTP in front of one server on stdio or legacy HTTP+SSE, so that the official suite, which
// speaks Streamable HTTP alone, can judge those too. Messages pass unchanged; what HTTP itself asks for
// (sessions, Host, headers, statuses, streams) is answered here: bridged.mjs credits none of it.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const versionKey = 'io.modelcontextprotocol/protocolVersion';
// Status of a modern error, which a pipe does not carry.
const statuses = { '-32700': 400, '-32600': 400, '-32602': 400, '-32020': 400, '-32021': 400, '-32022': 400, '-32601': 404 };

// One connection to the server. Each HTTP request that waits is a line of `waiting`: id -> {response, token}.
class Upstream {
  waiting = new Map();
  constructor(target) {
    this.transport = target.url ? new SSEClientTransport(new URL(target.url)) : new StdioClientTransport({ ...target, stderr: 'ignore' });
    this.transport.onmessage = message => this.deliver(message);
    this.transport.onerror = () => {};
  }
  start() { return this.transport.start(); }
  close() { return this.transport.close().catch(() => {}); }

  deliver(message) {
    const isAnswer = message.id !== undefined && !message.method;
    const key = isAnswer ? message.id : this.requestOf(message);
    const place = this.waiting.get(key);
    if (!place) return;
    if (isAnswer) this.waiting.delete(key);
    place.send(message, isAnswer);
  }

  // The request a message of the server belongs to: by its tag, its progress token, else the newest.
  requestOf({ method, params }) {
    const tag = params?._meta?.['io.modelcontextprotocol/subscriptionId'];
    if (tag !== undefined) return tag;
    if (/list_changed$|resources\/updated$/.test(method)) return undefined;
    const token = params?.progressToken;
    const found = [...this.waiting].filter(([, place]) => token === undefined ? !place.isListen : place.token === token);
    return found.at(-1)?.[0];
  }
}

// How messages reach the HTTP response: JSON when the answer is the first, else an event stream.
function placeOf(request, response, isModern, headers) {
  let isStream = false;
  return {
    token: request.params?._meta?.progressToken,
    isListen: request.method === 'subscriptions/listen',
    send(message, isLast) {
      const text = JSON.stringify(message);
      if (isLast && !isStream) {
        const status = isModern && message.error ? statuses[message.error.code] ?? 200 : 200;
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
        return;
      }
      if (!isStream) response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
      isStream = true;
      response.write(`event: message\ndata: ${text}\n\n`);
      if (isLast) response.end();
    },
  };
}

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
}

// target: {command, args} or {url}. Legacy clients get a connection each; modern ones share one.
export async function bridge(target) {
  const sessions = new Map();
  const all = new Set();
  const open = async () => { const up = new Upstream(target); all.add(up); await up.start(); return up; };
  let modern;
  const serve = async (request, response) => {
    const session = request.headers['mcp-session-id'];
    if (request.method !== 'POST') {
      if (request.method === 'DELETE' && sessions.has(session)) { await sessions.get(session).close(); sessions.delete(session); return response.writeHead(200).end(); }
      return response.writeHead(405, { allow: 'POST' }).end();
    }
    const message = await bodyOf(request);
    const isModern = message.params?._meta?.[versionKey] !== undefined || request.headers['mcp-protocol-version']?.startsWith('2026');
    let up, headers = {};
    if (isModern) up = await (modern ??= open());
    else if (message.method === 'initialize') { const id = randomUUID(); up = await open(); sessions.set(id, up); headers = { 'mcp-session-id': id }; }
    else up = sessions.get(session);
    if (!up) return response.writeHead(session ? 404 : 400).end();
    if (message.method === undefined || message.id === undefined) { await up.transport.send(message); return response.writeHead(202).end(); }
    // Requests in parallel may have the same id: modern clients share one connection.
    if (up.waiting.has(message.id)) up = await open();
    up.waiting.set(message.id, placeOf(message, response, isModern, headers));
    response.on('close', () => {
      if (!up.waiting.delete(message.id)) return;
      if (isModern) up.transport.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: message.id } }).catch(() => {});
    });
    await up.transport.send(message);
  };
  const server = createServer((request, response) => serve(request, response).catch(error => {
    if (!response.headersSent) response.writeHead(500);
    response.end(String(error));
  }));
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    close: async () => { server.closeAllConnections(); server.close(); await Promise.all([...all].map(up => up.close())); },
  };
}
