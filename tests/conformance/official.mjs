// SPDX-License-Identifier: MIT
// The official schemas, as the pinned packages carry them: JSON Schema of 2025-03-26 and later in the conformance
// suite's bundle; 2024-11-05 has the Zod schemas of the official SDK of that time, and those of its successor.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import * as first from 'sdk-2024-11-05/types.js';

const bundle = path.join(import.meta.dirname, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');

// The object literal that begins at `at`: strings hold braces, too.
function literal(text, at) {
  let depth = 0;
  for (let i = at, quote; i < text.length; i++) {
    const c = text[i];
    if (quote) { if (c === '\\') i++; else if (c === quote) quote = undefined; continue; }
    if ('`"\''.includes(c)) quote = c;
    else if (c === '{') depth++;
    else if (c === '}' && --depth === 0) return text.slice(at, i + 1);
  }
  throw new Error('an object without an end');
}

// The suite keeps them in a table by revision: const Re={"2025-03-26":Pe, ..., [A]:Le}, A the newest.
function bundled() {
  const text = readFileSync(bundle, 'utf8');
  const table = /=(\{"2025-03-26":[\w$]+,"2025-06-18":[\w$]+,"2025-11-25":[\w$]+,\[[\w$]+\]:[\w$]+\})/.exec(text)?.[1];
  if (!table) throw new Error('the conformance package keeps its schemas elsewhere now');
  const names = Object.fromEntries([...table.matchAll(/(?:"([\d-]+)"|\[[\w$]+\]):([\w$]+)/g)].map(([, revision, name]) => [revision ?? '2026-07-28', name]));
  return Object.fromEntries(Object.entries(names).map(([revision, name]) => {
    const at = text.indexOf(`${name}={$schema:`);
    return [revision, Function(`return ${literal(text, at + name.length + 1)}`)()];
  }));
}

export const schemas = bundled();
schemas['2024-11-05'] = schemas['2025-03-26'];
export const revisions = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28'];
export const has = (revision, name) => name in (schemas[revision].$defs ?? schemas[revision].definitions);

export function schemaOf(revision, name) {
  const all = schemas[revision];
  const key = all.$defs ? '$defs' : 'definitions';
  return { $schema: all.$schema, allOf: [{ $ref: `#/${key}/${name}` }], [key]: all[key] };
}

const judges = {};

export function ajv(revision, name) {
  const Kind = schemas[revision].$defs ? Ajv2020 : Ajv;
  return judges[`${revision} ${name}`] ??= (() => {
    const judge = new Kind({ strict: false, logger: false });
    addFormats(judge);
    judge.addFormat('byte', true);
    return judge.compile(schemaOf(revision, name));
  })();
}

// undefined when that SDK has no such schema.
export function zod(name, value) {
  const alias = { JSONRPCResponse: 'JSONRPCResponseSchema', JSONRPCError: 'JSONRPCErrorSchema' }[name] ?? `${name}Schema`;
  return first[alias]?.safeParse(value).success;
}
