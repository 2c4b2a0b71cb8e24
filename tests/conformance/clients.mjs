// SPDX-License-Identifier: MIT
// The official SDK clients, 1.x and 2.x, against both our servers over every transport.
import path from 'node:path';
import { cancelOverAll, kits } from './kits.mjs';
import { bin, check, equal, finish, ours, root, startOurs, stop } from './lib.mjs';

const fails = async (promise, what) => {
  try { await promise; } catch (error) { return error; }
  throw new Error(`${what} should have failed`);
};

const judges = {
  'mcp-database': async client => {
    const { tools } = await client.listTools();
    equal(tools.map(t => t.name).includes('execute_query'), true, 'execute_query is listed');
    const { resources } = await client.listResources();
    equal(resources.some(r => r.uri === 'database://metadata'), true, 'database://metadata is listed');
    const metadata = JSON.parse((await client.readResource({ uri: 'database://metadata' })).contents[0].text);
    equal(Object.keys(metadata.tables), ['categories', 'customers', 'orders', 'products', 'sales'], 'tables');
    equal(metadata.tables.products.row_count, 12, 'row count');
    const call = query => client.callTool({ name: 'execute_query', arguments: { query } });
    const answer = await call('SELECT product_id, product_name FROM products WHERE product_id IN (123, 456, 789) ORDER BY 1');
    equal(answer.structuredContent.columns, ['product_id', 'product_name'], 'columns');
    equal(answer.structuredContent.rows[0], { product_id: 123, product_name: 'Magic Wand Pro' }, 'first row');
    equal(answer.structuredContent.row_count, 3, 'row_count');
    equal(answer.structuredContent.truncated, false, 'truncated');
    equal(JSON.parse(answer.content[0].text), answer.structuredContent, 'the text says the same');
    const write = await call('DELETE FROM products');
    equal(write.isError, true, 'a write is an error result');
    const wrong = await client.callTool({ name: 'execute_query', arguments: { nothing: 1 } }).then(r => r.isError, () => true);
    equal(wrong, true, 'wrong arguments fail');
  },
  'mcp-product-metadata': async client => {
    const { resources } = await client.listResources();
    equal(resources.slice(0, 3).map(r => [r.uri, r.name, r.mimeType]), [
      ['product-aliases://list', 'Product Aliases', 'application/json'],
      ['column-mappings://list', 'Column Mappings', 'application/json'],
      ['metadata-summary://info', 'Metadata Summary', 'application/json'],
    ], 'the document\'s resources');
    const read = async uri => JSON.parse((await client.readResource({ uri })).contents[0].text);
    equal((await read('product-aliases://list')).aliases.abracadabra.canonical_id, 'PROD_123', 'alias');
    equal((await read('column-mappings://list')).mappings['sales amount'], 'sales.total_amount', 'mapping');
    const summary = await read('metadata-summary://info');
    equal([summary.total_products, summary.total_mappings], [3, 10], 'summary');
    const { resourceTemplates } = await client.listResourceTemplates();
    equal(resourceTemplates.map(t => t.uriTemplate),
      ['product-aliases://{product}', 'product-aliases://category/{category}', 'column-mappings://{dialect}'], 'templates');
    equal(Object.keys((await read('product-aliases://PROD_123')).aliases), ['abracadabra'], 'one product');
    equal(Object.keys((await read('product-aliases://category/toys')).aliases), ['abracadabra', 'supersonic'], 'a category');
    equal((await read('column-mappings://sqlite')).mappings['this year'].includes('strftime'), true, 'a dialect');
    const unknown = await fails(client.readResource({ uri: 'column-mappings://mysql' }), 'reading an unknown dialect');
    equal(unknown.message.includes('known: postgresql, sqlite'), true, `the known dialects are told (${unknown.message})`);
    const complete = async (uri, name, value) =>
      (await client.complete({ ref: { type: 'ref/resource', uri }, argument: { name, value } })).completion;
    equal(await complete('product-aliases://{product}', 'product', 'prod_'),
      { values: ['PROD_123', 'PROD_456', 'PROD_789'], total: 3, hasMore: false }, 'products complete');
    equal((await complete('product-aliases://category/{category}', 'category', 'TO')).values, ['toys'], 'categories complete');
    equal((await complete('column-mappings://{dialect}', 'dialect', 's')).values, ['sqlite'], 'dialects complete');
    equal(client.getInstructions().split('\n').length, 6, 'lines of instructions');
    const { tools } = await client.listTools();
    equal(tools.map(t => [t.name, t.annotations.readOnlyHint, t.outputSchema.type]), [
      ['resolve_terms', true, 'object'],
      ['lookup_product', true, 'object'],
    ], 'tools');
    const resolved = await client.callTool({ name: 'resolve_terms', arguments: { terms: ['abra', 'total revenu', 'churn'] } });
    const [abra, revenue, churn] = resolved.structuredContent.results;
    equal([abra.matches[0].kind, abra.matches[0].product.canonical_id, abra.ambiguous], ['alias', 'PROD_123', false], 'abra');
    equal([revenue.matches[0].mapping.term, revenue.matches[0].sql], ['total revenue', 'SUM(sales.total_amount)'], 'total revenu');
    equal([churn.matches, typeof churn.hint], [[], 'string'], 'a word without meaning');
    equal(JSON.parse(resolved.content[0].text), resolved.structuredContent, 'the text says the same');
    const looked = await client.callTool({ name: 'lookup_product', arguments: { key: 'prod 123' } });
    equal([looked.structuredContent.product.key, looked.structuredContent.product.aliases.length], ['abracadabra', 4], 'lookup');
    equal((await client.callTool({ name: 'lookup_product', arguments: { key: 'wombat' } })).isError, true, 'nobody is an error result');
  },
};

async function judge(server, kit, transport) {
  const client = new kit.Client({ name: 'judge', version: '1' }, kit.options);
  await client.connect(transport);
  await judges[server](client);
  const missing = await fails(client.readResource({ uri: 'nothing://here' }), 'reading an unknown resource');
  equal([-32002, -32602].includes(missing.code), true, `code of an unknown resource (${missing.code})`);
  await client.ping();
  await transport.terminateSession?.();
  await client.close();
}

for (const server of Object.keys(ours)) {
  const { child, base } = await startOurs(server);
  for (const [name, kit] of Object.entries(kits)) {
    const args = await ours[server]('stdio');
    await check(`${server} ${name} stdio`, () => judge(server, kit, new kit.stdio({ command: path.join(bin, server), args, cwd: root, stderr: 'ignore' })));
    await check(`${server} ${name} sse`, () => judge(server, kit, new kit.sse(new URL(`${base}/sse`))));
    await check(`${server} ${name} streamable http`, () => judge(server, kit, new kit.http(new URL(`${base}/mcp`))));
  }
  await check(`${server} ends on SIGTERM`, async () => equal(await stop(child), 0, 'exit code'));
}
{
  const alone = ['--workers', '1', '--query-timeout', '60000'];
  const { child, base } = await startOurs('mcp-database', alone);
  await cancelOverAll('mcp-database', base, [...await ours['mcp-database']('stdio'), ...alone]);
  await stop(child);
}
await finish('official clients');
