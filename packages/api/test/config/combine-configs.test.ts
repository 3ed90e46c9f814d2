import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineConfig, embedConfig, int, list, mergeConfigs, omitKeys, prefix, string } from '../../src/index.ts';

const plugin = defineConfig(
  {
    spec: list({ nonEmpty: true }),
    size: int({ default: 1, aliases: ['bytes'] }),
    unit: string({ default: 'ms', group: 'Format', recommend: { from: ['size'], values: (c) => [`${String(c['size'])}ms`] } }),
    'client.*': prefix(),
  },
  { validate: (c, report) => void (c.size === 13 && report('size', 'is unlucky')) },
);
const embedded = embedConfig('transforms.x.', plugin, { group: 'Transforms: x', order: 3 });

describe('embedConfig', () => {
  it('puts a prefix before names, dependents and the group, and counts the order on', () => {
    assert.deepEqual(
      embedded.keys.map(({ name, group, order, dependents, display_name }) => [name, group, order, dependents, display_name]),
      [
        ['transforms.x.spec', 'Transforms: x', 3, [], 'spec'],
        ['transforms.x.size', 'Transforms: x', 4, ['transforms.x.unit'], 'size'],
        ['transforms.x.unit', 'Transforms: x: Format', 5, [], 'Unit'],
      ],
    );
  });

  it('parses with the prefix', () => {
    assert.deepEqual(embedded.parse({ 'transforms.x.spec': 'a', 'transforms.x.bytes': '5', 'transforms.x.client.id': 'c', spec: 'b' }), {
      'transforms.x.spec': ['a'],
      'transforms.x.size': 5,
      'transforms.x.unit': 'ms',
      'transforms.x.client.*': { id: 'c' },
    });
  });

  it('gives rules and recommenders the short names; validators name the short key, as in Java', () => {
    const values = embedded.validate({ 'transforms.x.spec': '', 'transforms.x.size': '13' });
    assert.deepEqual(
      values.map(({ errors, recommended_values }) => [errors, recommended_values]),
      [
        [['Invalid value [] for configuration spec: Empty list'], []],
        [['Invalid value 13 for configuration transforms.x.size: is unlucky'], []],
        [[], ['13ms']],
      ],
    );
    assert.throws(() => embedded.parse({}), { message: 'Missing required configuration "transforms.x.spec" which has no default value.' });
  });
});

describe('mergeConfigs', () => {
  it('keeps the order and the rules', () => {
    const merged = mergeConfigs(defineConfig({ name: string() }), embedded);
    assert.deepEqual(
      merged.keys.map(({ name }) => name),
      ['name', 'transforms.x.spec', 'transforms.x.size', 'transforms.x.unit'],
    );
    assert.equal(merged.parse({ name: 'n', 'transforms.x.spec': 'a' }).name, 'n');
  });

  it('refuses a key that is there twice', () => {
    const one = defineConfig({ a: string() });
    assert.throws(() => mergeConfigs(one, one), { message: 'Configuration a is defined twice.' });
  });
});

describe('omitKeys', () => {
  it('takes keys out, also from dependents', () => {
    const rest = omitKeys(plugin, ['unit', 'spec']);
    assert.deepEqual(
      rest.keys.map(({ name, dependents }) => [name, dependents]),
      [['size', []]],
    );
    assert.deepEqual(rest.parse({}), { size: 1, 'client.*': {} });
  });
});

describe('a definition made at run time', () => {
  it('is a map of unknown values', () => {
    const keys = Object.fromEntries(['a', 'b'].map((name) => [name, string({ default: name })]));
    assert.deepEqual(defineConfig(keys).parse({ b: 'x' }), { a: 'a', b: 'x' });
  });
});
