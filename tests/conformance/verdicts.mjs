// SPDX-License-Identifier: MIT
// What the official suite wrote, read back: the worst status of each check id, by scenario.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const suite = path.join(import.meta.dirname, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
const weight = { SUCCESS: 1, WARNING: 2, FAILURE: 3 };

export function verdicts(dir) {
  const found = {};
  for (const name of readdirSync(dir, { recursive: true }).filter(n => n.endsWith('checks.json'))) {
    const scenario = path.dirname(name).replace(/-20\d\d-\d\d-\d\dT.*$/, '');
    const ids = found[scenario] ??= {};
    for (const { id, status } of JSON.parse(readFileSync(path.join(dir, name))))
      if (weight[status] > (weight[ids[id]] ?? 0)) ids[id] = status;
  }
  return found;
}

export const baseline = revision => JSON.parse(readFileSync(path.join(import.meta.dirname, `baselines/server-${revision}.json`)));
