// SPDX-License-Identifier: MIT
// The official SDK clients, 1.x and 2.x, and what each must be able to cancel.
import path from 'node:path';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport as Sse1 } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport as Stdio1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as Http1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import * as sdk2 from '@modelcontextprotocol/client';
import { StdioClientTransport as Stdio2 } from '@modelcontextprotocol/client/stdio';
import { bin, check, equal, root } from './lib.mjs';

export const kits = {
  'sdk 1.x': { Client: Client1, stdio: Stdio1, sse: Sse1, http: Http1, options: {}, callWithSchema: true },
  'sdk 2.x': { Client: sdk2.Client, stdio: Stdio2, sse: sdk2.SSEClientTransport, http: sdk2.StreamableHTTPClientTransport, options: {} },
};

// A recursive query without end: cancelled by the client, then the next answer within 100 ms (the fastest of five rounds).
async function cancel(kit, transport) {
  const client = new kit.Client({ name: 'judge', version: '1' }, kit.options);
  await client.connect(transport);
  const endless = 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n';
  const waits = [];
  for (let round = 0; round < 5; round++) {
    const stop = new AbortController();
    const params = { name: 'execute_query', arguments: { query: endless } };
    const options = { signal: stop.signal };
    const slow = kit.callWithSchema ? client.callTool(params, undefined, options) : client.callTool(params, options);
    const cancelled = slow.then(() => 'answered', () => 'cancelled');
    await new Promise(resolve => setTimeout(resolve, 150));
    const began = performance.now();
    stop.abort('enough');
    const next = await client.callTool({ name: 'execute_query', arguments: { query: 'SELECT 5 AS five' } });
    waits.push(performance.now() - began);
    equal(next.structuredContent?.rows ?? JSON.parse(next.content[0].text).rows, [{ five: 5 }], 'the next answer');
    equal(await cancelled, 'cancelled', 'the endless query');
  }
  equal(Math.min(...waits) <= 100, true, `the next answer after ${waits.map(w => Math.round(w))} ms`);
  await client.close();
}

export async function cancelOverAll(title, base, args, env = {}) {
  for (const [name, kit] of Object.entries(kits)) {
    const program = { command: path.join(bin, 'mcp-database'), args, cwd: root, stderr: 'ignore', env: { ...process.env, ...env } };
    await check(`${title} ${name} stdio: cancelling`, () => cancel(kit, new kit.stdio(program)));
    await check(`${title} ${name} sse: cancelling`, () => cancel(kit, new kit.sse(new URL(`${base}/sse`))));
    await check(`${title} ${name} streamable http: cancelling`, () => cancel(kit, new kit.http(new URL(`${base}/mcp`))));
  }
}
