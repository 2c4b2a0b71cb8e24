// SPDX-License-Identifier: MIT
// The scored scenarios of the official suite again, against everything-server on stdio and on legacy
// HTTP+SSE, through bridge.mjs. HTTP+SSE ends with 2025-11-25. What the bridge answers itself is not counted.
import path from 'node:path';
import { bin, check, finish, run, scratch, start } from './lib.mjs';
import { bridge } from './bridge.mjs';
import { baseline, suite, verdicts } from './verdicts.mjs';

// Judged by conformance.scored alone: here the bridge is the HTTP server, or the rule is about HTTP.
const uncredited = [
  /^server-dns-rebinding-protection: /, // Host and Origin
  /^server-server-session-lifecycle: /, /: server-session-id-visible-ascii$/, // the session is the bridge's
  /^server-server-sse-(multiple-streams|polling): /, // streams of HTTP
  /^server-http-(custom-)?header-(server-)?validation: sep-/, /^server-tasks-request-headers: tasks-headers/, // headers
  /: sep-2575-http-server-(?!error-jsonrpc-id|no-independent)/, /: sep-2575-missing-capability-http-400$/, // HTTP statuses
  // On a pipe nothing but its _meta says that a request is modern.
  /: sep-2575-request-meta-invalid-missing-(meta|protocol-version)$/,
];

const everything = path.join(bin, 'everything-server');
const { match } = await start(everything, ['--port', '0'], /listening on http:\/\/[^ ]*:(\d+)/);
const legs = [
  { name: 'stdio', revision: '2025-11-25', target: { command: everything, args: ['--transport', 'stdio'] } },
  { name: 'stdio', revision: '2026-07-28', target: { command: everything, args: ['--transport', 'stdio'] } },
  { name: 'HTTP+SSE', revision: '2025-11-25', target: { url: `http://127.0.0.1:${match[1]}/sse` } },
];
for (const { name, revision, target } of legs) await check(`${revision} over ${name}`, async () => {
  const between = await bridge(target);
  const out = path.join(scratch, `${name}-${revision}`);
  const { stdout } = await run(process.execPath, [suite, 'server', '--url', `http://localhost:${between.port}/mcp`, '--requirements', revision, '-o', out]);
  await between.close();
  const found = verdicts(out);
  const all = Object.entries(baseline(revision)).flatMap(([scenario, ids]) => ids.map(id => ({ scenario, id, text: `${scenario}: ${id}` })));
  const left = all.filter(({ text }) => uncredited.some(rule => rule.test(text)));
  const judged = all.filter(one => !left.includes(one));
  const missing = judged.filter(({ scenario, id }) => found[scenario]?.[id] !== 'SUCCESS');
  console.log(`official suite ${revision} over ${name}: ${judged.length - missing.length} of ${judged.length} check ids; not credited, the bridge answers: ${left.map(({ text }) => text).join(', ')}`);
  if (missing.length) throw new Error(`missing:\n${missing.map(({ scenario, id, text }) => `${text} ${found[scenario]?.[id] ?? 'absent'}`).join('\n')}\n${stdout.slice(-1000)}`);
});
await finish('bridged scenarios');
