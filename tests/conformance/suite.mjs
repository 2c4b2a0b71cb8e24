// SPDX-License-Identifier: MIT
// The official conformance suite's scenarios of 2025-11-25 that need no fixture, against both our
// servers. Judged by check results, not by the exit code: a scenario without a passing check fails.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { check, finish, run, scratch, startOurs } from './lib.mjs';

const revision = '2025-11-25';
const scenarios = {
  'mcp-database': ['server-initialize', 'ping', 'logging-set-level', 'tools-list', 'resources-list', 'server-sse-multiple-streams',
    'server-session-lifecycle', 'dns-rebinding-protection'],
  'mcp-product-metadata': ['server-initialize', 'ping', 'logging-set-level', 'resources-list', 'server-session-lifecycle',
    'dns-rebinding-protection'],
};
const cli = path.join(import.meta.dirname, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');

function verdicts(dir) {
  const files = readdirSync(dir, { recursive: true }).filter(name => name.endsWith('checks.json'));
  return files.flatMap(name => JSON.parse(readFileSync(path.join(dir, name))));
}

let total = 0;
for (const [server, names] of Object.entries(scenarios)) {
  const { base } = await startOurs(server);
  for (const name of names) await check(`${server} ${name}`, async () => {
    const out = path.join(scratch, `${server}-${name}`);
    const url = base.replace('127.0.0.1', 'localhost') + '/mcp';
    const { stdout } = await run(process.execPath, [cli, 'server', '--url', url, '--scenario', name, '--spec-version', revision, '-o', out]);
    const checks = verdicts(out);
    const bad = checks.filter(c => c.status === 'FAILURE' || c.status === 'WARNING');
    const good = checks.filter(c => c.status === 'SUCCESS');
    if (bad.length || !good.length) throw new Error(`${good.length} passed, ${JSON.stringify(bad).slice(0, 2000)} ${stdout.slice(-500)}`);
    total += good.length;
  });
}
console.log(`official suite ${revision}: ${total} checks of the suite passed`);
await finish('official suite');
