// SPDX-License-Identifier: MIT
// Differential run of the JSON Schema validator: mcp-schema --batch against @hyperjump/json-schema
// (2020-12), and against hyperjump where ajv agrees with it (draft-07).
// usage: run schema.mjs BIN_DIR [PAIRS [SEED]]
import { spawn } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';
import Ajv from 'ajv';
import { registerSchema, unregisterSchema, validate } from '@hyperjump/json-schema/draft-2020-12';
import '@hyperjump/json-schema/draft-07';
import { Generator } from './schema_generate.mjs';

const TESTS = 8; // instances for each schema
const bin = path.resolve(process.argv[2], 'mcp-schema');
const pairs = Number(process.argv[3] ?? 24000);
const seed = Number(process.argv[4] ?? 1);
const shown = 10;

const drafts = [
  { name: '2020-12', modern: true, dialect: 'https://json-schema.org/draft/2020-12/schema' },
  { name: 'draft-07', modern: false, dialect: 'http://json-schema.org/draft-07/schema#' },
];

function generate(draft) {
  const generator = new Generator(seed, draft.modern);
  return Array.from({ length: Math.ceil(pairs / 2 / TESTS) }, (_, n) => ({
    n, schema: generator.document(n), tests: Array.from({ length: TESTS }, () => generator.value()), dialect: draft.dialect,
  }));
}

async function askOurs(groups) {
  const child = spawn(bin, ['--batch'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = [];
  const done = (async () => {
    for await (const line of readline.createInterface({ input: child.stdout })) answers.push(JSON.parse(line));
  })();
  child.stdin.write('{"remotes":{}}\n');
  for (const group of groups) if (!child.stdin.write(JSON.stringify(group) + '\n')) await new Promise(resolve => child.stdin.once('drain', resolve));
  child.stdin.end();
  await done;
  return answers;
}

async function askHyperjump(group) {
  const uri = `https://judge.example/${group.n}`;
  try {
    registerSchema(group.schema, uri, group.dialect);
    const compiled = await validate(uri);
    return group.tests.map(test => compiled(test).valid);
  } catch (error) {
    return { error: String(error.message ?? error).slice(0, 200) };
  } finally {
    try { unregisterSchema(uri); } catch { /* it was refused */ }
  }
}

function askAjv(group) {
  try {
    const judge = new Ajv({ strict: false, validateFormats: false, logger: false }).compile(group.schema);
    return group.tests.map(test => judge(test));
  } catch (error) {
    return { error: String(error.message ?? error).slice(0, 200) };
  }
}

const tally = () => ({ pairs: 0, agreed: 0, judges_disagree: 0, unjudged: 0, disagreed: 0, valid: 0 });

function report(count, draft, group, test, ours, theirs) {
  count.disagreed++;
  if (count.disagreed <= shown)
    console.log(`${draft.name} schema ${JSON.stringify(group.schema)}\n  instance ${JSON.stringify(test)}\n  ours ${JSON.stringify(ours)} theirs ${JSON.stringify(theirs)}`);
}

function judge(count, draft, group, ours, hyperjump, ajv) {
  group.tests.forEach((test, i) => {
    count.pairs++;
    if (hyperjump.error || ajv?.error) { count.unjudged++; if (process.env.SHOW_UNJUDGED) console.log(draft.name, hyperjump.error ?? ajv.error, ours.error ?? ''); return; }
    if (ajv && ajv[i] !== hyperjump[i]) { count.judges_disagree++; return; }
    const verdict = ours.error ?? ours.valid[i];
    if (verdict === hyperjump[i]) { count.agreed++; count.valid += verdict ? 1 : 0; } else report(count, draft, group, test, verdict, hyperjump[i]);
  });
}

let failed = false;
for (const draft of drafts) {
  const groups = generate(draft);
  const ours = await askOurs(groups);
  const count = tally();
  for (const [i, group] of groups.entries()) {
    const hyperjump = await askHyperjump(group);
    judge(count, draft, group, ours[i] ?? { error: 'no answer' }, hyperjump, draft.modern ? null : askAjv(group));
  }
  failed ||= count.disagreed > 0 || count.agreed < 0.8 * count.pairs;
  console.log(`schema ${draft.name}: ${Object.entries(count).map(([name, value]) => `${name} ${value}`).join(', ')}`);
}
process.exitCode = failed ? 1 : 0;
