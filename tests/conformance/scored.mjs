// SPDX-License-Identifier: MIT
// Every scored server scenario of the official conformance suite, for both requirement sets, against
// everything-server. Judged by check ids: each one that baselines/ lists must be there and pass.
import path from 'node:path';
import { bin, check, finish, run, scratch, start } from './lib.mjs';
import { baseline, suite, verdicts } from './verdicts.mjs';

for (const revision of ['2025-11-25', '2026-07-28']) await check(`scored scenarios of ${revision}`, async () => {
  const { match } = await start(path.join(bin, 'everything-server'), ['--port', '0'], /listening on http:\/\/[^ ]*:(\d+)/);
  const out = path.join(scratch, revision);
  const { code, stdout } = await run(process.execPath,
    [suite, 'server', '--url', `http://localhost:${match[1]}/mcp`, '--requirements', revision, '-o', out]);
  const wanted = baseline(revision);
  const found = verdicts(out);
  const missing = Object.entries(wanted).flatMap(([scenario, ids]) =>
    ids.filter(id => found[scenario]?.[id] !== 'SUCCESS').map(id => `${scenario}: ${id} ${found[scenario]?.[id] ?? 'absent'}`));
  const count = Object.values(wanted).flat().length;
  if (code !== 0 || missing.length) throw new Error(`exit ${code}, ${missing.length} of ${count} missing:\n${missing.join('\n')}\n${stdout.slice(-1500)}`);
  console.log(`official suite ${revision}: ${count} of ${count} check ids, ${Object.keys(wanted).length} scenarios`);
});
await finish('scored scenarios');
