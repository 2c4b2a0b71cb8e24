// SPDX-License-Identifier: MIT
// Every scored server scenario of the official conformance suite, for both requirement sets, against
// everything-server. Judged by check ids: each one that baselines/ lists must be there and pass.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { bin, check, finish, run, scratch, start } from './lib.mjs';

const cli = path.join(import.meta.dirname, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
const weight = { SUCCESS: 1, WARNING: 2, FAILURE: 3 };

// The worst status of each check id, by scenario.
function verdicts(dir) {
  const found = {};
  for (const name of readdirSync(dir, { recursive: true }).filter(n => n.endsWith('checks.json'))) {
    const scenario = path.dirname(name).replace(/-20\d\d-\d\d-\d\dT.*$/, '');
    const ids = found[scenario] ??= {};
    for (const { id, status } of JSON.parse(readFileSync(path.join(dir, name))))
      if (weight[status] > (weight[ids[id]] ?? 0)) ids[id] = status;
  }
  return found;
}

for (const revision of ['2025-11-25', '2026-07-28']) await check(`scored scenarios of ${revision}`, async () => {
  const { match } = await start(path.join(bin, 'everything-server'), ['--port', '0'], /listening on http:\/\/[^ ]*:(\d+)/);
  const out = path.join(scratch, revision);
  const { code, stdout } = await run(process.execPath,
    [cli, 'server', '--url', `http://localhost:${match[1]}/mcp`, '--requirements', revision, '-o', out]);
  const wanted = JSON.parse(readFileSync(path.join(import.meta.dirname, `baselines/server-${revision}.json`)));
  const found = verdicts(out);
  const missing = Object.entries(wanted).flatMap(([scenario, ids]) =>
    ids.filter(id => found[scenario]?.[id] !== 'SUCCESS').map(id => `${scenario}: ${id} ${found[scenario]?.[id] ?? 'absent'}`));
  const count = Object.values(wanted).flat().length;
  if (code !== 0 || missing.length) throw new Error(`exit ${code}, ${missing.length} of ${count} missing:\n${missing.join('\n')}\n${stdout.slice(-1500)}`);
  console.log(`official suite ${revision}: ${count} of ${count} check ids, ${Object.keys(wanted).length} scenarios`);
});
await finish('scored scenarios');
