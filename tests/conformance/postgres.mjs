// SPDX-License-Identifier: MIT
// The official SDK clients against mcp-database on PostgreSQL; DATABASE_URL is that of on_postgres.sh.
import path from 'node:path';
import { cancelOverAll, kits } from './kits.mjs';
import { bin, check, equal, finish, start, stop } from './lib.mjs';

async function judge(kit, transport) {
  const client = new kit.Client({ name: 'judge', version: '1' }, kit.options);
  await client.connect(transport);
  const metadata = JSON.parse((await client.readResource({ uri: 'database://metadata' })).contents[0].text);
  equal([metadata.engine, metadata.tables.products.row_count], ['postgresql', 4], 'metadata');
  const answer = await client.callTool({ name: 'execute_query', arguments: { query: 'SELECT price FROM products WHERE product_id = $1', params: [123] } });
  equal(answer.structuredContent.rows, [{ price: '49.90' }], 'rows');
  const { completion } = await client.complete({ ref: { type: 'ref/resource', uri: 'database://schema/{table}' }, argument: { name: 'table', value: 'rep' } });
  equal(completion.values, ['reports.by_status', 'reports.monthly'], 'completion');
  await transport.terminateSession?.();
  await client.close();
}

const alone = ['--workers', '1', '--query-timeout', '60000'];
const { child, match } = await start(path.join(bin, 'mcp-database'), [...alone, '--port', '0'], /listening on http:\/\/[^ ]*:(\d+)/);
const base = `http://127.0.0.1:${match[1]}`;
for (const [name, kit] of Object.entries(kits))
  await check(`postgresql ${name}`, () => judge(kit, new kit.http(new URL(`${base}/mcp`))));
await cancelOverAll('postgresql', base, ['--transport', 'stdio', ...alone]);
await check('it ends on SIGTERM', async () => equal(await stop(child), 0, 'exit code'));
await finish('official clients, PostgreSQL');
