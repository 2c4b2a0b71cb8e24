// SPDX-License-Identifier: MIT
// Every scored client scenario of the official conformance suite, for both requirement sets, with
// everything-client. Judged by check ids: each one that baselines/ lists must be there and pass.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { bin, check, finish, run, scratch } from './lib.mjs';

const cli = path.join(import.meta.dirname, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
const weight = { SUCCESS: 1, WARNING: 2, FAILURE: 3 };

function baseline(revision) {
  return Object.entries(JSON.parse(readFileSync(path.join(import.meta.dirname, `baselines/client-${revision}.json`))));
}

// The worst status of each check id of one scenario.
function verdicts(dir) {
  const ids = {};
  for (const name of readdirSync(dir, { recursive: true }).filter(n => n.endsWith('checks.json')))
    for (const { id, status } of JSON.parse(readFileSync(path.join(dir, name))))
      if (weight[status] > (weight[ids[id]] ?? 0)) ids[id] = status;
  return ids;
}

async function judge(revision, scenario, wanted) {
  const out = path.join(scratch, revision, scenario);
  const { stdout, stderr } = await run(process.execPath, [cli, 'client', '--command', path.join(bin, 'everything-client'),
    '--scenario', scenario, '--spec-version', revision, '--force', '-o', out]);
  const found = verdicts(out);
  const absent = wanted.filter(id => found[id] !== 'SUCCESS').map(id => `${id} ${found[id] ?? 'absent'}`);
  const bad = Object.entries(found).filter(([, status]) => status === 'FAILURE' || status === 'WARNING').map(e => e.join(' '));
  if (absent.length || bad.length) throw new Error(`${[...absent, ...bad].join(', ')}\n${stdout.slice(-1500)}\n${stderr.slice(-800)}`);
  return wanted.length;
}

for (const revision of ['2025-11-25', '2026-07-28']) {
  const scenarios = baseline(revision);
  let ids = 0, passed = 0;
  for (const [scenario, wanted] of scenarios)
    await check(`${revision} ${scenario}`, async () => { ids += await judge(revision, scenario, wanted); passed++; });
  const all = scenarios.reduce((sum, [, wanted]) => sum + wanted.length, 0);
  console.log(`official suite ${revision}, client: ${ids} of ${all} check ids, ${passed} of ${scenarios.length} scenarios`);
}
await finish('scored client scenarios');
