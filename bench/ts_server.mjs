// SPDX-License-Identifier: MIT
// The official TypeScript SDK 1.x at its best: its plain Server, one session kept, JSON replies.
//
//   node ts_server.mjs URI TEXT_FILE      prints the port it took on 127.0.0.1
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const sdk = '../tests/conformance/node_modules/@modelcontextprotocol/sdk/dist/esm';
const load = name => import(`${sdk}/${name}`);
const { Server } = await load('server/index.js');
const { StreamableHTTPServerTransport } = await load('server/streamableHttp.js');
const { ReadResourceRequestSchema, isInitializeRequest } = await load('types.js');

const [uri, file] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');
const sessions = new Map();

async function open() {
  const server = new Server({ name: 'typescript-sdk', version: '1' }, { capabilities: { resources: {} } });
  server.setRequestHandler(ReadResourceRequestSchema, request => {
    if (request.params.uri !== uri) throw new Error('no such resource');
    return { contents: [{ uri, mimeType: 'application/json', text }] };
  });
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    enableJsonResponse: true,
    onsessioninitialized: id => sessions.set(id, transport),
  });
  await server.connect(transport);
  return transport;
}

async function body(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

const http = createServer(async (request, response) => {
  const message = await body(request);
  const known = sessions.get(request.headers['mcp-session-id']);
  const transport = known ?? (isInitializeRequest(message) ? await open() : undefined);
  if (transport) await transport.handleRequest(request, response, message);
  else response.writeHead(404).end();
});
http.keepAliveTimeout = 600000;
http.listen(0, '127.0.0.1', () => console.log(http.address().port));
