// SPDX-License-Identifier: MIT
// Every message our servers send in the tests, judged by the official schema of its revision: by mcp-schema --batch
// and by ajv; 2024-11-05 also by the official SDK of its time. The messages are those of the engine's vectors and
// what tap.c records of transcripts, integration tests and conformance tests, run here once more.
// usage: run messages.mjs BIN_DIR [REGEX of ctest names]
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { bin, check, finish, root, run, scratch } from './lib.mjs';
import { ajv, has, revisions, schemaOf, zod } from './official.mjs';
import { ofVectors, recorded, versionOf } from './tap.mjs';

const taps = process.argv[3] ?? '^transcripts\\.mcp-|^integration\\.(servers|process|product|database)$|^conformance\\.(clients|suite|scored|bridged|fixture)$';
const newest = '2026-07-28';
const least = 30; // messages of each revision: fewer, and the tap is dry
const shown = 20;

const results = {
  'initialize': 'InitializeResult', 'ping': 'EmptyResult', 'logging/setLevel': 'EmptyResult',
  'tools/list': 'ListToolsResult', 'tools/call': 'CallToolResult', 'prompts/list': 'ListPromptsResult', 'prompts/get': 'GetPromptResult',
  'resources/list': 'ListResourcesResult', 'resources/templates/list': 'ListResourceTemplatesResult', 'resources/read': 'ReadResourceResult',
  'resources/subscribe': 'EmptyResult', 'resources/unsubscribe': 'EmptyResult', 'completion/complete': 'CompleteResult',
  'server/discover': 'DiscoverResult', 'subscriptions/listen': 'SubscriptionsListenResult',
};
const errors = { [-32020]: 'HeaderMismatchError', [-32021]: 'MissingRequiredClientCapabilityError', [-32022]: 'UnsupportedProtocolVersionError' };

// --- what a message must be: [[definition, value]], or a complaint ---

function ofError(revision, message) {
  const name = has(revision, 'JSONRPCErrorResponse') ? 'JSONRPCErrorResponse' : 'JSONRPCError';
  // JSON-RPC 2.0 demands a null id where none could be read; the schemas know none, or leave it away.
  const { id, ...rest } = message;
  const named = id !== null ? message : name === 'JSONRPCError' ? { id: 0, ...rest } : rest;
  const special = revision === newest && errors[message.error?.code];
  return [[name, named], ...(special ? [[special, named]] : [])];
}

function ofResult(revision, message, method) {
  const name = message.result?.resultType === 'input_required' ? 'InputRequiredResult' : results[method];
  if (!name) return `a result of ${method ?? 'no request'}`;
  return [[has(revision, 'JSONRPCResultResponse') ? 'JSONRPCResultResponse' : 'JSONRPCResponse', message], [name, message.result]];
}

function demands(revision, message, method) {
  if (typeof message !== 'object' || message === null) return 'not an object';
  if ('error' in message) return ofError(revision, message);
  if ('result' in message) return ofResult(revision, message, method);
  if (!('id' in message)) return [['JSONRPCNotification', message], ['ServerNotification', message]];
  return has(revision, 'ServerRequest') ? [['JSONRPCRequest', message], ['ServerRequest', message]] : 'a request';
}

// --- which revision and method a message is of ---

function sessionsOf(turns) {
  const sessions = new Map();
  for (const turn of turns) {
    const session = sessions.get(turn.session) ?? { asked: [], revisions: new Set() };
    sessions.set(turn.session, session);
    session.asked.push(...turn.asked);
    for (const message of turn.said.flat()) if (message?.result?.serverInfo && message.result.protocolVersion) session.revisions.add(message.result.protocolVersion);
  }
  return sessions;
}

function candidates(message, turn, session) {
  const known = revision => revisions.includes(revision);
  const isAnswer = message !== null && typeof message === 'object' && ('result' in message || 'error' in message);
  const same = list => list.filter(one => one?.method !== undefined && one.id === message.id);
  const requests = !isAnswer ? turn.asked : [same(turn.asked), same(turn.before ?? []).slice(-1), turn.session === undefined ? [] : same(session.asked)].find(list => list.length) ?? [];
  const methods = isAnswer && requests.length ? [...new Set(requests.map(one => one.method))] : [undefined];
  const told = message?.result?.serverInfo && message.result.protocolVersion;
  const isModern = requests.some(one => versionOf(one) !== undefined) || turn.version === newest;
  const isMixed = !isAnswer && session.asked.some(one => versionOf(one) !== undefined);
  const agreed = [...session.revisions, ...(isMixed ? [newest] : [])];
  const named = told ? [told] : isModern ? [newest] : agreed.length && turn.session !== undefined ? agreed : known(turn.version) ? [turn.version] : revisions;
  return named.flatMap(revision => methods.map(method => ({ revision, method })));
}

function judgements(conversations) {
  const list = [];
  for (const { name, turns } of conversations) {
    const sessions = sessionsOf(turns);
    const before = [];
    for (const turn of turns.filter(Boolean)) {
      before.push(...turn.asked);
      const session = sessions.get(turn.session);
      for (const said of turn.said) for (const message of [said].flat()) {
        const ways = candidates(message, { ...turn, before: turn.session === 'stdio' ? [...before] : [] }, session)
          .filter(way => !Array.isArray(said) || way.revision === '2025-03-26')
          .map(way => ({ ...way, demands: demands(way.revision, message, way.method) }));
        list.push({ name, message, ways });
      }
    }
  }
  return list;
}

// --- the judges ---

const verdicts = new Map(); // of "revision definition value": the complaints about it
const keyOf = (revision, name, value) => `${revision} ${name} ${JSON.stringify(value)}`;

async function askOurs(groups) {
  const child = spawn(path.join(bin, 'mcp-schema'), ['--batch'], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(groups.map((group, n) => JSON.stringify({ n, schema: schemaOf(group.revision, group.name), tests: group.values })).join('\n') + '\n');
  const answers = [];
  for await (const line of readline.createInterface({ input: child.stdout })) answers.push(JSON.parse(line));
  return answers;
}

function note(group, value, ours) {
  const against = [];
  const judge = ajv(group.revision, group.name);
  if (ours !== true) against.push(`mcp-schema: ${ours}`);
  if (!judge(value)) against.push(`ajv: ${judge.errors.slice(0, 3).map(one => `${one.instancePath} ${one.message}`).join('; ')}`);
  if (group.revision === '2024-11-05' && zod(group.name, value) === false) against.push('the SDK of 2024-11-05');
  verdicts.set(keyOf(group.revision, group.name, value), against);
}

async function judge(list) {
  const wanted = new Map();
  for (const { ways } of list) for (const { revision, demands: all } of ways) for (const [name, value] of typeof all === 'string' ? [] : all)
    wanted.set(keyOf(revision, name, value), { revision, name, value });
  const groups = [...Map.groupBy(wanted.values(), one => `${one.revision} ${one.name}`).values()]
    .map(all => ({ revision: all[0].revision, name: all[0].name, values: all.map(one => one.value) }));
  const answers = await askOurs(groups);
  groups.forEach((group, n) => group.values.forEach((value, i) => note(group, value, answers[n]?.valid?.[i] ?? answers[n]?.error ?? 'no answer')));
  return wanted.size;
}

const complaints = way => typeof way.demands === 'string' ? [way.demands]
  : way.demands.flatMap(([name, value]) => verdicts.get(keyOf(way.revision, name, value)).map(text => `${way.revision} ${name}: ${text}`));

// --- what is judged ---

async function tapTests(dir) {
  const build = path.resolve(bin, '..');
  const { stdout } = await run('ctest', ['--test-dir', build, '--show-only=json-v1', '-R', taps]);
  const tests = JSON.parse(stdout.slice(stdout.indexOf('{\n'))).tests;
  for (const { name, command, properties } of tests) {
    const set = Object.fromEntries((properties ?? []).filter(one => one.name === 'ENVIRONMENT').flatMap(one => one.value).map(text => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]));
    const { code, stderr } = await run(command[0], command.slice(1), { env: { ...set, MCP_TAP_DIR: dir, LD_PRELOAD: path.join(bin, 'libmcp_tap.so') } });
    if (code !== 0) console.log(`${name} ended with ${code} under the tap: ${stderr.slice(-400)}`);
  }
  return tests.length;
}

const controls = revision => [['CallToolResult', { content: [{ type: 'film' }] }], ['ListToolsResult', { tools: [{}] }], ['ReadResourceResult', {}],
  ...(revision === newest ? [['DiscoverResult', { resultType: 'complete' }]] : [['InitializeResult', { protocolVersion: revision }]])];

await check('what is wrong is refused by each judge', async () => {
  for (const revision of revisions) {
    const groups = controls(revision).map(([name, value]) => ({ revision, name, values: [value] }));
    const answers = await askOurs(groups);
    groups.forEach((group, n) => {
      note(group, group.values[0], answers[n].valid?.[0]);
      const against = verdicts.get(keyOf(revision, group.name, group.values[0]));
      if (against.length !== (revision === '2024-11-05' ? 3 : 2)) throw new Error(`${revision} ${group.name}: only ${against}`);
    });
  }
});

await check('every message', async () => {
  const dir = path.join(scratch, 'tap');
  mkdirSync(dir);
  if (!existsSync(path.join(bin, 'libmcp_tap.so'))) throw new Error('build the tap: target mcp_tap');
  const tests = await tapTests(dir);
  const conversations = [...['server', 'asking'].flatMap(name => ofVectors(path.join(root, `tests/vectors/${name}.json`))), ...recorded(dir)];
  const list = judgements(conversations);
  const distinct = await judge(list);
  const count = Object.fromEntries(revisions.map(revision => [revision, 0]));
  const wrong = new Map();
  let any = 0;
  for (const { name, message, ways } of list) {
    const good = ways.filter(way => complaints(way).length === 0);
    if (good.length === 0) wrong.set(JSON.stringify(message), `${name}: ${JSON.stringify(message).slice(0, 600)}\n  ${ways.flatMap(complaints).slice(0, 6).join('\n  ') || 'no revision it may be of'}`);
    else if (ways.length > 1 && new Set(ways.map(way => way.revision)).size === revisions.length) any++;
    else count[good[0].revision]++;
  }
  console.log(`messages: ${list.length} of ${conversations.length} conversations, ${tests} tests tapped, ${distinct} distinct judgements`);
  console.log(`${revisions.map(revision => `${revision}: ${count[revision]}`).join(', ')}; before a revision is agreed: ${any}; wrong: ${wrong.size}`);
  for (const text of [...wrong.values()].slice(0, shown)) console.log(text);
  const dry = revisions.filter(revision => count[revision] < least);
  if (wrong.size) throw new Error(`${wrong.size} messages are not what their revision says`);
  if (dry.length) throw new Error(`fewer than ${least} messages of ${dry}`);
});
await finish('messages');
