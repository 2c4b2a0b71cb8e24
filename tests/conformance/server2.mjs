// SPDX-License-Identifier: MIT
// A server on the official server package 2.x, both eras: stdio, or Streamable HTTP on a port of 127.0.0.1.
import { createServer } from 'node:http';
import { McpServer, createMcpHandler } from '@modelcontextprotocol/server';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';

const port = process.argv[2];
let count = 0;
let changed = async () => {};

function build() {
  const server = new McpServer({ name: 'counter', version: '1.0.0' }, { capabilities: { tools: {}, resources: { subscribe: true } } });
  const say = text => ({ content: [{ type: 'text', text }] });
  server.registerTool('echo', { description: 'say it again', inputSchema: z.object({ text: z.string() }) }, async ({ text }) => say(text));
  server.registerTool('count', { description: 'one more', inputSchema: z.object({}) }, async () => {
    count++;
    await changed(server);
    return say(String(count));
  });
  server.registerTool('work', { description: 'takes a while', inputSchema: z.object({ ms: z.number() }) }, async ({ ms }, context) => {
    const progressToken = context.mcpReq._meta?.progressToken;
    for (let progress = 1; progress <= 3; progress++) {
      await sleep(ms / 3);
      if (progressToken !== undefined) await context.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 3 } });
    }
    return say('done');
  });
  server.registerResource('count', 'count://now', { mimeType: 'text/plain' }, async uri => ({ contents: [{ uri: uri.href, mimeType: 'text/plain', text: String(count) }] }));
  server.server.setRequestHandler('resources/subscribe', async () => ({}));
  server.server.setRequestHandler('resources/unsubscribe', async () => ({}));
  return server;
}

if (port) {
  const handler = createMcpHandler(build);
  changed = async () => handler.notify.resourceUpdated('count://now');
  createServer(toNodeHandler(handler)).listen(Number(port), '127.0.0.1', () => console.error(`listening on ${port}`));
} else {
  changed = server => server.server.sendResourceUpdated({ uri: 'count://now' });
  serveStdio(build);
}
