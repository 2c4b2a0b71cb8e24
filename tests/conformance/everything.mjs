// SPDX-License-Identifier: MIT
// mcp-orchestrator gathers from the official server-everything over stdio, SSE and Streamable HTTP.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { bin, check, equal, finish, freePort, run, scratch, start } from './lib.mjs';

const entry = path.join(import.meta.dirname, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js');
const sse = await freePort();
const http = await freePort();
await start(process.execPath, [entry, 'sse'], /running on port|listening/i, { PORT: String(sse) });
await start(process.execPath, [entry, 'streamableHttp'], /listening on port|running/i, { PORT: String(http) });

const config = path.join(scratch, 'everything.yaml');
writeFileSync(config, `mcp_servers:
  everything_stdio:
    name: "Everything stdio"
    command: "${process.execPath}"
    args: ["${entry}", "stdio"]
    transport: stdio
    priority: 1
    domains: [everything]
  everything_sse:
    name: "Everything SSE"
    url: "http://127.0.0.1:${sse}/sse"
    transport: sse
    priority: 2
    domains: [everything]
  everything_http:
    name: "Everything HTTP"
    url: "http://127.0.0.1:${http}/mcp"
    transport: streamable-http
    priority: 3
    domains: [everything]
orchestration:
  fail_fast: true
`);

const orchestrator = (...words) => run(path.join(bin, 'mcp-orchestrator'), ['--config', config, '--json', ...words]);
let gathered;
await check('gather reads every resource of all three', async () => {
  const { code, stdout, stderr } = await orchestrator('gather');
  if (code !== 0) throw new Error(`exit ${code}\n${stderr}\n${stdout.slice(0, 2000)}`);
  gathered = JSON.parse(stdout);
  equal(gathered.missing, [], "nothing is missing");
  const servers = gathered.servers;
  const names = ['Everything stdio', 'Everything SSE', 'Everything HTTP'];
  equal(names.every(n => n in servers), true, `servers ${Object.keys(servers)}`);
  const counts = names.map(n => Object.keys(servers[n].resources).length);
  equal(counts[0] > 0 && counts.every(c => c === counts[0]), true, `resource counts ${counts}`);
});
await check('status says connected', async () => {
  const { code, stdout, stderr } = await orchestrator('status');
  if (code !== 0) throw new Error(`exit ${code}\n${stderr}`);
  equal(JSON.parse(stdout).servers.map(s => s.connected), [true, true, true], 'connected');
});
await check('call reaches a tool', async () => {
  const { code, stdout, stderr } = await orchestrator('call', 'echo', '{"message":"hello"}');
  if (code !== 0) throw new Error(`exit ${code}\n${stderr}`);
  equal(stdout.includes('hello'), true, stdout);
});
await finish('server-everything');
