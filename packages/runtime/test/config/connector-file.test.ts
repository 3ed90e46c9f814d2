import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConnectorFile } from '../../src/config/connector-file.ts';

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('a connector file may be flat JSON, a create request or properties', () => {
  assert.deepEqual(plain(parseConnectorFile('f', '{"name":"x","tasks.max":"1"}')), {
    name: 'x',
    config: { name: 'x', 'tasks.max': '1' },
    initialState: null,
  });
  assert.deepEqual(plain(parseConnectorFile('f', '{"name":"x","config":{"a":"b"},"initial_state":"paused","other":{}}')), {
    name: 'x',
    config: { a: 'b', name: 'x' },
    initialState: 'PAUSED',
  });
  assert.deepEqual(plain(parseConnectorFile('f', 'name=x\ntasks.max=1')), {
    name: 'x',
    config: { name: 'x', 'tasks.max': '1' },
    initialState: null,
  });
});

test('numbers in JSON keep their text', () => {
  assert.deepEqual(plain(parseConnectorFile('f', '{"name":"x","a":1.50,"b":true}').config), { name: 'x', a: '1.50', b: 'true' });
});

test('a connector file without a name, or with two, is refused with its path', () => {
  const missing = { message: "Connector configuration at 'c.properties' is missing the mandatory 'name' configuration" };
  assert.throws(() => parseConnectorFile('c.properties', 'a=b'), missing);
  assert.throws(() => parseConnectorFile('c.properties', '{"a":"b"}'), missing);
  assert.throws(() => parseConnectorFile('c.json', '{"name":"x","config":{"name":"y"}}'), {
    message: "Connector name configuration in 'config' doesn't match the one specified in 'name' at 'c.json'",
  });
});
