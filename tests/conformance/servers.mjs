// SPDX-License-Identifier: MIT
// Our client against servers of others, each over every transport it speaks: a table of servers, ways to reach
// them, and steps. What a server does wrong itself is in `faults`, with the reason, and in docs/conformance.md; it
// must go on failing, else the table is out of date.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import path from 'node:path';
import { bin, check, finish, freePort, scratch, sleep, start, stop } from './lib.mjs';

const node = process.execPath;
const here = import.meta.dirname;
const tool = name => path.join(here, 'node_modules/.bin', name);
const call = (name, args = {}, more = {}) => ({ request: 'tools/call', params: { name, arguments: args, ...more } });
const text = value => ({ result: { content: [{ type: 'text', text: value }] } });
const named = name => ({ items: items => items.some(item => item.name === name) });

// A step: what the client is asked, and what must be in its answer.
const everything = {
  list: [{ list: 'tools/list', key: 'tools' }, named('echo')],
  resources: [{ list: 'resources/list', key: 'resources' }, { items: items => items.length > 0 }],
  read: [{ request: 'resources/read', params: { uri: 'demo://resource/dynamic/text/1' } }, { result: { contents: [{ uri: 'demo://resource/dynamic/text/1' }] } }],
  prompt: [{ request: 'prompts/get', params: { name: 'simple-prompt' } }, { result: { messages: [{ role: 'user' }] } }],
  call: [call('echo', { message: 'hi' }), text(/hi/)],
  wrong: [call('echo', { message: 7 }), answer => answer.error?.code === 'E_PEER' || answer.result?.isError === true],
  progress: [call('trigger-long-running-operation', { duration: 0.3, steps: 3 }, { _meta: { progressToken: 'p' } }), text(/completed/)],
  'progress told': [{ await: 'notifications/progress' }, { notification: { progressToken: 'p', progress: 1, total: 3 } }],
  subscribe: [{ watch: ['demo://resource/dynamic/text/1'] }, { result: {} }],
  update: [call('toggle-subscriber-updates'), text(/./)],
  'update told': [{ await: 'notifications/resources/updated' }, { notification: { uri: 'demo://resource/dynamic/text/1' } }],
  cancel: [{ cancel: 'tools/call', params: { name: 'trigger-long-running-operation', arguments: { duration: 30, steps: 3 } }, after: 100 }, { error: { code: 'E_CANCELLED' } }],
  after: [call('get-sum', { a: 1, b: 2 }), text(/3/)],
};
const counter = {
  list: [{ list: 'tools/list', key: 'tools' }, named('count')],
  resources: [{ list: 'resources/list', key: 'resources' }, named('count')],
  read: [{ request: 'resources/read', params: { uri: 'count://now' } }, { result: { contents: [{ mimeType: 'text/plain' }] } }],
  missing: [{ request: 'resources/read', params: { uri: 'count://never' } }, { error: { code: 'E_PEER', rpc: { code: code => [-32602, -32002].includes(code) } } }],
  call: [call('echo', { text: 'hi' }), text('hi')],
  progress: [call('work', { ms: 150 }, { _meta: { progressToken: 'p' } }), text('done')],
  'progress told': [{ await: 'notifications/progress' }, { notification: { progressToken: 'p', progress: 1, total: 3 } }],
  subscribe: [{ watch: ['count://now'] }, { result: {} }],
  'list again': [{ list: 'tools/list', key: 'tools' }, named('count')],
  update: [call('count'), text(/\d/)],
  'update told': [{ await: 'notifications/resources/updated' }, { notification: { uri: 'count://now' } }],
  cancel: [{ cancel: 'tools/call', params: { name: 'work', arguments: { ms: 30000 } }, after: 100 }, { error: { code: 'E_CANCELLED' } }],
  after: [call('echo', { text: 'still' }), text('still')],
};
const fast = {
  list: [{ list: 'tools/list', key: 'tools' }, named('add')],
  resources: [{ list: 'resources/list', key: 'resources' }, named('note')],
  read: [{ request: 'resources/read', params: { uri: 'note://one' } }, { result: { contents: [{ text: 'a note' }] } }],
  prompt: [{ request: 'prompts/get', params: { name: 'greet', arguments: { who: 'you' } } }, { result: { messages: [{ content: { text: 'hello you' } }] } }],
  call: [call('add', { a: 2, b: 3 }), text('5')],
  progress: [call('work', { ms: 150 }, { _meta: { progressToken: 'p' } }), text('done')],
  'progress told': [{ await: 'notifications/progress' }, { notification: { progressToken: 'p', progress: 1 } }],
  cancel: [{ cancel: 'tools/call', params: { name: 'work', arguments: { ms: 30000 } }, after: 100 }, { error: { code: 'E_CANCELLED' } }],
  after: [call('add', { a: 1, b: 1 }), text('2')],
};
const files = {
  list: [{ list: 'tools/list', key: 'tools' }, named('read_text_file')],
  write: [call('write_file', { path: path.join(scratch, 'files', 'b.txt'), content: 'two' }), text(/./)],
  call: [call('read_text_file', { path: path.join(scratch, 'files', 'b.txt') }), text('two')],
  outside: [call('read_text_file', { path: '/etc/hostname' }), { result: { isError: true } }],
  unknown: [{ request: 'resources/list' }, { error: { code: 'E_PEER', rpc: { code: -32601 } } }],
};
const memory = {
  list: [{ list: 'tools/list', key: 'tools' }, named('create_entities')],
  resources: [{ list: 'resources/list', key: 'resources' }, { items: items => items.length > 0 }],
  read: [{ request: 'resources/read', params: { uri: 'memory://knowledge-graph' } }, { result: { contents: [{ uri: 'memory://knowledge-graph' }] } }],
  subscribe: [{ watch: ['memory://knowledge-graph'] }, { result: {} }],
  'list again': [{ list: 'tools/list', key: 'tools' }, named('create_entities')],
  call: [call('create_entities', { entities: [{ name: 'a', entityType: 'thing', observations: ['is one'] }] }), text(/is one/)],
  'update told': [{ await: 'notifications/resources/updated' }, { notification: { uri: 'memory://knowledge-graph' } }],
  search: [call('search_nodes', { query: 'is one' }), text(/"a"/)],
};

const everythingCommand = [node, tool('mcp-server-everything'), 'stdio'];
const stdio = (...command) => ({ transport: 'stdio', target: async () => ({ args: command }) });
// Some say that they listen before they do.
async function reachable(port) {
  for (let tries = 0; tries < 300; tries++) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise(resolve => socket.once('connect', () => resolve(true)).once('error', () => resolve(false)));
    socket.destroy();
    if (isOpen) return;
    await sleep(100);
  }
  throw new Error(`nobody listens on ${port}`);
}
const served = (transport, where, ready, command, env) => ({
  transport,
  target: async () => {
    const port = await freePort();
    const [program, ...args] = command(port);
    const { child } = await start(program, args, ready, env?.(port));
    await reachable(port);
    return { child, args: [`http://127.0.0.1:${port}${where}`] };
  },
});
const gateway = (transport, where, ...options) => served(transport, where, /[Ll]istening on/, port =>
  [node, tool('supergateway'), '--stdio', everythingCommand.join(' '), '--port', port, '--outputTransport', transport === 'sse' ? 'sse' : 'streamableHttp', ...options]);
const proxy = (transport, where) => served(transport, where, /server on port|listening|started|running/i, port =>
  [node, tool('mcp-proxy'), '--host', '127.0.0.1', '--port', port, '--', ...everythingCommand]);
const second = transport => served(transport, '/mcp', /listening on/, port => [node, path.join(here, 'server2.mjs'), port]);
const fastAt = (transport, where) => served(transport, where, /server is running|listening/i, port => [node, path.join(here, 'server_fastmcp.mjs'), port]);

const table = [
  { server: 'server-everything', steps: everything, ways: {
    stdio: stdio(...everythingCommand),
    'HTTP+SSE': served('sse', '/sse', /running on port/, () => [node, tool('mcp-server-everything'), 'sse'], port => ({ PORT: String(port) })),
    'Streamable HTTP': served('streamable', '/mcp', /listening on port/, () => [node, tool('mcp-server-everything'), 'streamableHttp'], port => ({ PORT: String(port) })),
  } },
  { server: 'server-filesystem', steps: files, ways: { stdio: stdio(node, tool('mcp-server-filesystem'), path.join(scratch, 'files')) } },
  { server: 'server-memory', steps: memory, ways: { stdio: stdio('/usr/bin/env', `MEMORY_FILE_PATH=${path.join(scratch, 'memory.jsonl')}`, node, tool('mcp-server-memory')) } },
  { server: 'server 2.x', steps: counter, ways: {
    stdio: stdio(node, path.join(here, 'server2.mjs')),
    'Streamable HTTP': second('streamable'),
    auto: second('auto'),
    'Streamable HTTP, 2025-11-25': second('legacy'),
  } },
  { server: 'fastmcp', steps: fast, ways: {
    stdio: stdio(node, path.join(here, 'server_fastmcp.mjs')),
    'HTTP+SSE': fastAt('sse', '/sse'),
    'Streamable HTTP': fastAt('streamable', '/mcp'),
    auto: fastAt('auto', '/mcp'),
  } },
  { server: 'supergateway', steps: everything, ways: {
    'HTTP+SSE': gateway('sse', '/sse'),
    'Streamable HTTP': gateway('streamable', '/mcp'),
    'Streamable HTTP, stateful': gateway('streamable', '/mcp', '--stateful'),
    'Streamable HTTP, stateful, 2025-11-25': gateway('legacy', '/mcp', '--stateful'),
  } },
  { server: 'mcp-proxy', steps: everything, ways: {
    'HTTP+SSE': proxy('sse', '/sse'),
    'Streamable HTTP': proxy('streamable', '/mcp'),
    'Streamable HTTP, 2025-11-25': proxy('legacy', '/mcp'),
    auto: proxy('auto', '/mcp'),
  } },
];

// "server | way | step" -> what the server does wrong.
const notModern = 'it answers server/discover with 404 and -32601, as modern servers do, but knows no subscriptions/listen';
const faults = {
  'server 2.x | Streamable HTTP, 2025-11-25 | update told': 'its handler keeps no sessions of legacy clients, so it has no stream to tell on',
  'supergateway | Streamable HTTP | update told': notModern,
  'supergateway | Streamable HTTP, stateful | update told': notModern,
};

// Is `want` in `got`? A function judges, a pattern is found in a text, an object's members and an array's first items count.
function holds(got, want) {
  if (typeof want === 'function') return want(got);
  if (want instanceof RegExp) return typeof got === 'string' && want.test(got);
  if (want === null || typeof want !== 'object') return got === want;
  if (got === null || typeof got !== 'object') return false;
  return Object.entries(want).every(([key, value]) => holds(got[key], value));
}

class Client {
  constructor(transport, args) {
    this.child = spawn(path.join(bin, 'interop-client'), [transport, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.said = '';
    this.child.stderr.on('data', data => { this.said = (this.said + data).slice(-2000); });
    this.child.stdin.on('error', () => {});
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.ended = new Promise(resolve => this.child.on('close', resolve));
  }
  async ask(step) {
    this.child.stdin.write(`${JSON.stringify(step)}\n`);
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`the client ended: ${this.said}`);
    return JSON.parse(value);
  }
  async end() { this.child.stdin.end(); return this.ended; }
}

const only = process.argv[3];
mkdirSync(path.join(scratch, 'files'));
writeFileSync(path.join(scratch, 'memory.jsonl'), '');
for (const { server, steps, ways } of table) for (const [way, { transport, target }] of Object.entries(ways)) {
  if (only && !`${server} ${way}`.includes(only)) continue;
  await check(`${server} over ${way}`, async () => {
    const { child, args } = await target();
    const client = new Client(transport, args);
    const wrong = [];
    let passed = 0;
    const { version, transport: used } = await client.ask({ state: true });
    for (const [step, [question, want]] of Object.entries(steps)) {
      const fault = faults[`${server} | ${way} | ${step}`];
      const answer = await client.ask(fault ? { ...question, timeout: 2000 } : question);
      const isRight = holds(answer, want);
      if (isRight === !fault) passed++;
      else wrong.push(fault ? `${step}: works now: ${fault}` : `${step}: ${JSON.stringify(answer).slice(0, 500)}`);
      if (fault) console.log(`${server} over ${way}: ${step} is the server's fault: ${fault}`);
    }
    const code = await client.end();
    if (child) await stop(child);
    console.log(`${server} over ${way}: ${passed} of ${Object.keys(steps).length} steps as expected, ${version} by ${used}`);
    if (code !== 0) wrong.push(`the client ended with ${code}: ${client.said}`);
    if (wrong.length) throw new Error(`${wrong.join('\n')}\n${client.said}`);
  });
}
await finish('servers of others');
