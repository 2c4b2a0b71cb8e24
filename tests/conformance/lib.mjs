// SPDX-License-Identifier: MIT
// Start the programs under judgement, stop them, and count what was checked.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');
export const bin = path.resolve(process.argv[2] ?? path.join(root, 'build/coverage/bin'));
export const scratch = mkdtempSync(path.join(tmpdir(), 'mcp-conformance-'));
const running = new Set();

export const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));

export async function freePort() {
  const server = createServer();
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise(resolve => server.close(resolve));
  return port;
}

// Start a program; resolve with the first match of `ready` in what it prints.
export function start(command, args, ready, env = {}) {
  const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  running.add(child);
  let text = '';
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${command} was not ready in 30 s:\n${text}`)), 30000);
    const see = data => {
      text += data;
      const match = ready.exec(text);
      if (match) { clearTimeout(timer); resolve({ child, match, log: () => text }); }
    };
    child.stdout.on('data', see);
    child.stderr.on('data', see);
    child.on('exit', (code, signal) => { running.delete(child); clearTimeout(timer); reject(new Error(`${command} ended (${code ?? signal}):\n${text}`)); });
  });
}

export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const gone = new Promise(resolve => child.on('exit', resolve));
  child.kill('SIGTERM');
  const code = await Promise.race([gone, sleep(5000).then(() => 'late')]);
  if (code === 'late') child.kill('SIGKILL');
  return code;
}

// Run a command to its end.
export function run(command, args, { env = {}, input = '' } = {}) {
  return new Promise(resolve => {
    const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env } });
    let stdout = '', stderr = '';
    child.stdout.on('data', d => { stdout += d; });
    child.stderr.on('data', d => { stderr += d; });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('close', code => resolve({ code, stdout, stderr }));
  });
}

let database;
export async function databaseFile() {
  if (!database) {
    database = path.join(scratch, 'sample.db');
    const made = await run(path.join(bin, 'mcp-database'), ['init', database]);
    if (made.code !== 0) throw new Error(made.stderr);
  }
  return database;
}

// Our two servers: how to start each over HTTP or stdio.
export const ours = {
  'mcp-database': async transport => ['--database', await databaseFile(), '--transport', transport, ...(transport === 'stdio' ? [] : ['--port', '0'])],
  'mcp-product-metadata': async transport => ['--transport', transport, ...(transport === 'stdio' ? [] : ['--host', '127.0.0.1', '--port', '0'])],
};

export async function startOurs(name, more = []) {
  const { child, match } = await start(path.join(bin, name), [...await ours[name]('sse'), ...more], /listening on http:\/\/[^ ]*:(\d+)/);
  return { child, base: `http://127.0.0.1:${match[1]}` };
}

let passed = 0;
const failures = [];
export async function check(name, body) {
  try {
    await body();
    passed++;
  } catch (error) {
    failures.push(name);
    console.log(`not ok ${name}: ${error.stack ?? error}`);
  }
}

export function equal(got, want, what) {
  const a = JSON.stringify(got), b = JSON.stringify(want);
  if (a !== b) throw new Error(`${what}: got ${a}, want ${b}`);
}

export async function finish(title) {
  for (const child of running) child.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
  console.log(`${title}: ${passed} checks passed, ${failures.length} failed`);
  process.exit(failures.length || passed === 0 ? 1 : 0);
}
