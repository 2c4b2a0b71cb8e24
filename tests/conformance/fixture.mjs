// SPDX-License-Identifier: MIT
// The official SDK clients, 1.x and 2.x, and the official inspector against everything-server over every
// transport: each kind of tool, sampling and elicitation, subscriptions, progress, logging, prompts, completion.
import path from 'node:path';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport as Sse1 } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport as Stdio1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as Http1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import * as sdk2 from '@modelcontextprotocol/client';
import { StdioClientTransport as Stdio2 } from '@modelcontextprotocol/client/stdio';
import { bin, check, equal, finish, root, run, scratch, sleep, start } from './lib.mjs';

const everything = path.join(bin, 'everything-server');
const { match } = await start(everything, ['--port', '0'], /listening on http:\/\/[^ ]*:(\d+)/);
const base = `http://127.0.0.1:${match[1]}`;
const capabilities = { sampling: {}, elicitation: {}, roots: { listChanged: true } };
const modern = '2026-07-28';

const answers = {
  elicit: ({ params }) => ({ action: 'accept', content: Object.fromEntries(Object.entries(params.requestedSchema.properties).map(([name, schema]) =>
    [name, schema.default ?? schema.enum?.[0] ?? schema.oneOf?.[0].const ?? { boolean: true, integer: 1, number: 1, array: [] }[schema.type] ?? 'Ada'])) }),
  sample: () => ({ model: 'judge', role: 'assistant', stopReason: 'endTurn', content: { type: 'text', text: 'sampled by the judge' } }),
  roots: () => ({ roots: [{ uri: 'file:///judged', name: 'judged' }] }),
};

function client1(heard) {
  const client = new Client1({ name: 'judge', version: '1' }, { capabilities });
  client.setRequestHandler(ElicitRequestSchema, answers.elicit);
  client.setRequestHandler(CreateMessageRequestSchema, answers.sample);
  client.setRequestHandler(ListRootsRequestSchema, answers.roots);
  client.fallbackNotificationHandler = async notification => { heard.push(notification); };
  return { client, call: (name, args, options) => client.callTool({ name, arguments: args }, undefined, options) };
}

function client2(heard, isModern) {
  const client = new sdk2.Client({ name: 'judge', version: '1' },
    { capabilities, ...(isModern ? { versionNegotiation: { mode: { pin: modern } } } : {}) });
  client.setRequestHandler('elicitation/create', answers.elicit);
  client.setRequestHandler('sampling/createMessage', answers.sample);
  client.setRequestHandler('roots/list', answers.roots);
  for (const method of ['notifications/message', 'notifications/tools/list_changed', 'notifications/prompts/list_changed', 'notifications/resources/updated'])
    client.setNotificationHandler(method, ({ params }) => { heard.push({ method, params }); });
  return { client, call: (name, args, options) => client.callTool({ name, arguments: args }, options) };
}

async function hear(heard, method) {
  for (const end = Date.now() + 10000; Date.now() < end; await sleep(20)) {
    const found = heard.find(one => one.method === method);
    if (found) return found;
  }
  throw new Error(`no ${method} in 10 s; heard ${heard.map(one => one.method)}`);
}

async function judgeTools(call) {
  equal((await call('test_simple_text')).content, [{ type: 'text', text: 'This is a simple text response for testing.' }], 'text');
  equal((await call('test_image_content')).content.map(b => [b.type, b.mimeType]), [['image', 'image/png']], 'image');
  equal((await call('test_audio_content')).content.map(b => [b.type, b.mimeType]), [['audio', 'audio/wav']], 'audio');
  equal((await call('test_embedded_resource')).content[0].resource.uri, 'test://embedded-resource', 'embedded resource');
  equal((await call('test_multiple_content_types')).content.map(b => b.type), ['text', 'image', 'resource'], 'mixed');
  equal((await call('test_error_handling')).isError, true, 'a failure is a result');
  const steps = [];
  await call('test_tool_with_progress', {}, { onprogress: p => steps.push(p.progress) });
  equal(steps, [0, 50, 100], 'progress');
  const refused = await call('test_nobody').then(r => r.isError ? -32602 : 0, e => e.code);
  equal(refused, -32602, 'an unknown tool');
}

async function judgeRest(client) {
  equal((await client.listTools()).tools.length > 20, true, 'tools');
  equal((await client.listResources()).resources.map(r => r.uri).includes('test://static-text'), true, 'resources');
  equal((await client.readResource({ uri: 'test://static-binary' })).contents[0].mimeType, 'image/png', 'a binary resource');
  const item = await client.readResource({ uri: 'test://template/123/data' });
  equal(JSON.parse(item.contents[0].text).id, '123', 'a template');
  equal((await client.listPrompts()).prompts.length >= 4, true, 'prompts');
  const prompt = await client.getPrompt({ name: 'test_prompt_with_arguments', arguments: { arg1: 'a', arg2: 'b' } });
  equal(prompt.messages[0].content.text, "Prompt with arguments: arg1='a', arg2='b'", 'a prompt');
  const ref = { type: 'ref/prompt', name: 'test_prompt_with_arguments' };
  const { completion } = await client.complete({ ref, argument: { name: 'arg1', value: 'test' } });
  equal(Array.isArray(completion.values), true, 'completion');
}

async function judgeLegacy({ client, call }, heard) {
  equal((await call('test_sampling', { prompt: 'hi' })).content[0].text, 'LLM response: sampled by the judge', 'sampling');
  equal((await call('test_elicitation', { message: 'who?' })).content[0].text.includes('Ada'), true, 'elicitation');
  equal((await call('test_elicitation_sep1034_defaults', {})).content[0].text.includes('95.5'), true, 'defaults');
  await client.setLoggingLevel('debug');
  await call('test_tool_with_logging');
  equal((await hear(heard, 'notifications/message')).params.level, 'info', 'logging');
  await client.subscribeResource({ uri: 'test://watched-resource' });
  await call('test_trigger_resource_change');
  equal((await hear(heard, 'notifications/resources/updated')).params.uri, 'test://watched-resource', 'updated');
  await client.unsubscribeResource({ uri: 'test://watched-resource' });
  await call('test_trigger_tool_change');
  await hear(heard, 'notifications/tools/list_changed');
  await client.ping();
}

async function judgeModern({ client, call }, heard) {
  equal((await call('test_input_required_result_elicitation', {})).content[0].text, 'Hello, Ada!', 'elicitation');
  equal((await call('test_input_required_result_sampling', {})).content[0].text.includes('sampled by the judge'), true, 'sampling');
  equal((await call('test_input_required_result_list_roots', {})).content[0].text.includes('file:///judged'), true, 'roots');
  equal((await call('test_input_required_result_multi_round', {})).isError ?? false, false, 'rounds');
  const stream = await client.listen({ toolsListChanged: true, promptsListChanged: true, resourceSubscriptions: ['test://watched-resource'] });
  await call('test_trigger_tool_change');
  await call('test_trigger_prompt_change');
  await call('test_trigger_resource_change');
  await hear(heard, 'notifications/tools/list_changed');
  await hear(heard, 'notifications/prompts/list_changed');
  equal((await hear(heard, 'notifications/resources/updated')).params.uri, 'test://watched-resource', 'updated');
  await stream.close();
}

async function judge(make, transport, isModern, revision) {
  const heard = [];
  const judged = make(heard, isModern);
  await judged.client.connect(transport);
  if (judged.client.getNegotiatedProtocolVersion) equal(judged.client.getNegotiatedProtocolVersion(), revision, 'revision');
  await judgeTools(judged.call);
  await judgeRest(judged.client);
  await (isModern ? judgeModern : judgeLegacy)(judged, heard);
  if (!isModern) await transport.terminateSession?.();
  await judged.client.close();
}

const pipe = { command: everything, args: ['--transport', 'stdio'], cwd: root, stderr: 'ignore' };
const kits = [
  { name: 'sdk 1.x', make: client1, stdio: Stdio1, sse: Sse1, http: Http1 },
  { name: 'sdk 2.x', make: client2, stdio: Stdio2, sse: sdk2.SSEClientTransport, http: sdk2.StreamableHTTPClientTransport },
];
for (const kit of kits) for (const revision of kit.make === client2 ? ['2025-11-25', modern] : ['2025-11-25']) {
  const isModern = revision === modern;
  const on = (transport, open) => check(`${kit.name} ${revision} ${transport}`, () => judge(kit.make, open(), isModern, revision));
  await on('stdio', () => new kit.stdio(pipe));
  if (!isModern) await on('HTTP+SSE', () => new kit.sse(new URL(`${base}/sse`)));
  await on('Streamable HTTP', () => new kit.http(new URL(`${base}/mcp`)));
}

const inspector = path.join(import.meta.dirname, 'node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js');
async function inspect(target, ...words) {
  const { code, stdout, stderr } = await run(process.execPath, [inspector, '--cli', '--quiet', ...words, ...target], { env: { HOME: scratch } });
  if (code !== 0) throw new Error(`${words.join(' ')}: exit ${code}\n${stderr.slice(-800)}${stdout.slice(-800)}`);
  return JSON.parse(stdout);
}

async function judgeInspector(target) {
  equal((await inspect(target, '--method', 'tools/list')).tools.length > 20, true, 'tools');
  equal((await inspect(target, '--method', 'tools/call', '--tool-name', 'test_simple_text')).content[0].text, 'This is a simple text response for testing.', 'a tool');
  equal((await inspect(target, '--method', 'resources/list')).resources.length > 2, true, 'resources');
  equal((await inspect(target, '--method', 'resources/templates/list')).resourceTemplates[0].uriTemplate, 'test://template/{id}/data', 'templates');
  equal((await inspect(target, '--method', 'resources/read', '--uri', 'test://static-text')).contents[0].mimeType, 'text/plain', 'a resource');
  equal((await inspect(target, '--method', 'prompts/list')).prompts.length >= 4, true, 'prompts');
  equal((await inspect(target, '--method', 'prompts/get', '--prompt-name', 'test_simple_prompt')).messages[0].role, 'user', 'a prompt');
}
await check('inspector HTTP+SSE legacy', () => judgeInspector(['--transport', 'sse', '--server-url', `${base}/sse`]));
for (const era of ['legacy', 'modern']) {
  await check(`inspector Streamable HTTP ${era}`, () => judgeInspector(['--protocol-era', era, '--transport', 'http', '--server-url', `${base}/mcp`]));
  await check(`inspector stdio ${era}`, () => judgeInspector(['--protocol-era', era, '--transport', 'stdio', '--', everything, '--transport', 'stdio']));
}
await finish('official clients and inspector against everything-server');
