// SPDX-License-Identifier: MIT
// A server on fastmcp: stdio, or Streamable HTTP and HTTP+SSE on a port of 127.0.0.1.
import { FastMCP } from 'fastmcp';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const port = process.argv[2];
const server = new FastMCP({ name: 'fast', version: '1.0.0' });
server.addTool({ name: 'add', description: 'adds', parameters: z.object({ a: z.number(), b: z.number() }), execute: async ({ a, b }) => String(a + b) });
server.addTool({
  name: 'work', description: 'takes a while', parameters: z.object({ ms: z.number() }),
  execute: async ({ ms }, { reportProgress }) => {
    for (let progress = 1; progress <= 3; progress++) {
      await sleep(ms / 3);
      await reportProgress({ progress, total: 3 });
    }
    return 'done';
  },
});
server.addResource({ uri: 'note://one', name: 'note', mimeType: 'text/plain', async load() { return { text: 'a note' }; } });
server.addPrompt({ name: 'greet', arguments: [{ name: 'who', required: true }], load: async ({ who }) => `hello ${who}` });
if (port) await server.start({ transportType: 'httpStream', httpStream: { port: Number(port), host: '127.0.0.1' } });
else await server.start({ transportType: 'stdio' });
