import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describe, it } from 'node:test';
import {
  boolean,
  cls,
  ConfigError,
  type ConfigDef,
  defineConfig,
  double,
  int,
  list,
  long,
  named,
  password,
  Password,
  prefix,
  type RawConfig,
  short,
  string,
  validators,
} from '../../src/index.ts';

/** The errors of each key that has some. */
function errorsOf(config: ConfigDef<unknown>, raw: RawConfig): Record<string, readonly string[]> {
  const bad = config.validate(raw).filter(({ errors }) => errors.length > 0);
  return Object.fromEntries(bad.map(({ name, errors }) => [name, errors]));
}

describe('parsing', () => {
  const config = defineConfig({
    s: string({ default: null }),
    i: int({ default: null }),
    h: short({ default: null }),
    l: long({ default: null }),
    d: double({ default: null }),
    b: boolean({ default: null }),
    p: password({ default: null }),
    li: list({ default: null }),
    c: cls({ default: null }),
  });

  it('trims and reads as Java', () => {
    const parsed = config.parse({
      s: ' a b ',
      i: ' +7 ',
      h: '-1',
      l: '007',
      d: '1.5e3f',
      b: ' TRUE ',
      p: ' x ',
      li: ' a , b,,c , ',
      c: ' x.Y ',
    });
    assert.deepEqual(
      { ...parsed, p: parsed.p?.value },
      { s: 'a b', i: 7, h: -1, l: 7, d: 1500, b: true, p: 'x', li: ['a', 'b', '', 'c', ''], c: 'x.Y' },
    );
    assert.deepEqual(config.parse({ s: '', li: '' }).li, []);
    assert.equal(config.parse({ s: '' }).s, '');
    assert.equal(config.parse({ i: null }).i, null);
    assert.ok(Number.isNaN(config.parse({ d: 'NaN' }).d));
    assert.equal(config.parse({ d: '-Infinity' }).d, -Infinity);
  });

  it('is frozen, and so are lists', () => {
    const parsed = config.parse({ li: 'a' });
    assert.throws(() => ((parsed as { s: string }).s = 'x'), TypeError);
    assert.throws(() => (parsed.li as string[]).push('x'), TypeError);
  });

  const bad: readonly (readonly [string, string, string])[] = [
    ['b', '1', 'Invalid value 1 for configuration b: Expected value to be either true or false'],
    ['i', ' 1.0', 'Invalid value  1.0 for configuration i: Not a number of type INT'],
    ['i', '2147483648', 'Invalid value 2147483648 for configuration i: Not a number of type INT'],
    ['i', '1_000', 'Invalid value 1_000 for configuration i: Not a number of type INT'],
    ['i', '', 'Invalid value  for configuration i: Not a number of type INT'],
    ['h', '40000', 'Invalid value 40000 for configuration h: Not a number of type SHORT'],
    ['l', '9223372036854775808', 'Invalid value 9223372036854775808 for configuration l: Not a number of type LONG'],
    ['d', 'abc', 'Invalid value abc for configuration d: Not a number of type DOUBLE'],
    ['c', '', 'Invalid value  for configuration c: Class  could not be found.'],
  ];
  for (const [key, text, message] of bad) {
    it(message, () => {
      assert.throws(
        () => config.parse({ [key]: text }),
        (error) => error instanceof ConfigError && error.message === message && error.key === key,
      );
      assert.deepEqual(errorsOf(config, { [key]: text }), { [key]: [message] });
    });
  }

  it('names what a value that is not text should have been', () => {
    const raw = { i: 5_000_000_000, b: 'x', s: 1, d: true } as unknown as RawConfig;
    assert.deepEqual(errorsOf(config, raw), {
      s: ['Invalid value 1 for configuration s: Expected value to be a string, but it was a java.lang.Integer'],
      i: ['Invalid value 5000000000 for configuration i: Expected value to be a 32-bit integer, but it was a java.lang.Long'],
      d: ['Invalid value true for configuration d: Expected value to be a double, but it was a java.lang.Boolean'],
      b: ['Invalid value x for configuration b: Expected value to be either true or false'],
    });
  });

  it('asks whether a class is there', () => {
    const options = { resolveClass: (name: string) => name === 'known' };
    assert.equal(config.parse({ c: 'known' }, options).c, 'known');
    assert.throws(
      () => config.parse({ c: 'x.Y' }, options),
      new ConfigError('Invalid value x.Y for configuration c: Class x.Y could not be found.', { key: 'c' }),
    );
  });

  it('shows values as text', () => {
    const raw = { i: '+7', l: '9223372036854775807', d: '2147483648', li: 'a, b', p: 'secret', b: 'TRUE' };
    const shown = Object.fromEntries(config.validate(raw).map(({ name, value }) => [name, value]));
    assert.deepEqual(shown, {
      s: null,
      i: '7',
      h: null,
      l: '9223372036854775807',
      d: '2.147483648E9',
      b: 'true',
      p: '[hidden]',
      li: 'a,b',
      c: null,
    });
  });
});

describe('missing and bad values', () => {
  const config = defineConfig({
    name: string(),
    'tasks.max': int({ default: 1, range: [1] }),
    mode: string({ oneOf: ['a', 'b'], default: 'a' }),
    many: list({ oneOf: ['x', 'y'], default: [] }),
    some: list({ nonEmpty: true }),
    ratio: double({ default: 0.8, range: [0.5, 1] }),
    support: string({ oneOf: ['requested', 'required'], ignoreCase: true, default: 'requested' }),
    text: string({ nonEmpty: true, default: null }),
    maybe: long({ default: null, range: [0] }),
  });

  it('reports every key, and two messages where a bad text leaves null to the validator', () => {
    assert.deepEqual(errorsOf(config, { 'tasks.max': 'abc', mode: 'c', many: 'x,z', ratio: '2', support: 'no', text: '', maybe: 'x' }), {
      name: ['Missing required configuration "name" which has no default value.'],
      'tasks.max': [
        'Invalid value abc for configuration tasks.max: Not a number of type INT',
        'Invalid value null for configuration tasks.max: Value must be non-null',
      ],
      mode: ['Invalid value c for configuration mode: String must be one of: a, b'],
      many: ['Invalid value z for configuration many: String must be one of: x, y'],
      some: ['Missing required configuration "some" which has no default value.', 'Invalid value null for configuration some: Empty list'],
      ratio: ['Invalid value 2.0 for configuration ratio: Value must be no more than 1.0'],
      support: ['Invalid value no for configuration support: String must be one of (case insensitive): REQUIRED, REQUESTED'],
      text: ['Invalid value  for configuration text: String must be non-empty'],
      maybe: ['Invalid value x for configuration maybe: Not a number of type LONG'],
    });
  });

  it('throws the first when strict', () => {
    assert.throws(() => config.parse({}), { message: 'Missing required configuration "name" which has no default value.', key: 'name' });
    assert.throws(() => config.parse({ name: 'a', 'tasks.max': '0' }), {
      message: 'Invalid value 0 for configuration tasks.max: Value must be at least 1',
    });
    assert.throws(() => config.parse({ name: 'a', mode: null }), {
      message: 'Invalid value null for configuration mode: String must be one of: a, b',
    });
  });

  it('accepts any case where told so, and null where it is the default', () => {
    const parsed = config.parse({ name: 'a', some: 's', support: 'REQUIRED' });
    assert.equal(parsed.support, 'REQUIRED');
    assert.equal(parsed.text, null);
    assert.equal(parsed.maybe, null);
  });

  it('checks defaults when the definition is made', () => {
    assert.throws(() => defineConfig({ a: int({ default: 0, range: [1] }) }), {
      message: 'Invalid value 0 for configuration a: Value must be at least 1',
    });
  });

  it('takes an undefined default for none', () => {
    const key = { default: undefined } as unknown as { default: string };
    assert.throws(() => defineConfig({ a: string(key) }).parse({}), /Missing required configuration/);
  });
});

describe('validators', () => {
  it('say what is wrong, with the value in front', () => {
    const config = defineConfig({ url: string({ validate: (value) => (value.startsWith('http') ? undefined : 'must be an http URL') }) });
    assert.deepEqual(errorsOf(config, { url: 'ftp:' }), { url: ['Invalid value ftp: for configuration url: must be an http URL'] });
  });

  it('never show a password', () => {
    const config = defineConfig({ p: password({ validate: () => 'too short' }) });
    assert.deepEqual(errorsOf(config, { p: 'secret' }), { p: ['Invalid value [hidden] for configuration p: too short'] });
  });

  it('of Java stand beside', () => {
    const config = defineConfig({
      name: string({ ensureValid: validators.nonEmptyStringWithoutControlChars, default: null }),
      aliases: list({ ensureValid: validators.nonNull, default: [] }),
      one: list({ ensureValid: validators.listSize(1), default: [] }),
    });
    assert.deepEqual(errorsOf(config, { name: 'a\tb\0c', aliases: null, one: 'a,b' }), {
      name: [
        'Invalid value a\tb\0c for configuration name: String may not contain control sequences but had the following ASCII chars: 9, 0',
      ],
      aliases: ['Invalid value null for configuration aliases: entry must be non null'],
      one: ['Invalid value [a, b] for configuration one: exceeds maximum list size of [1].'],
    });
    assert.deepEqual(errorsOf(config, { name: '' }), { name: ['Invalid value  for configuration name: String may not be empty'] });
  });
});

describe('description', () => {
  it('is Java’s short definition without a group, and has order and words in one', () => {
    const config = defineConfig({
      file: string({ importance: 'high', doc: 'The file.', default: null }),
      'batch.size': int({ group: 'Writes', default: 500 }),
      'max.retries': int({ group: 'Writes', default: 3, order: 9, width: 'short', displayName: 'Retries' }),
      hidden: string({ internal: true, default: 'x' }),
    });
    assert.deepEqual(config.keys[0], {
      name: 'file',
      type: 'STRING',
      required: false,
      default_value: null,
      importance: 'HIGH',
      documentation: 'The file.',
      group: null,
      width: 'NONE',
      display_name: 'file',
      dependents: [],
      order: -1,
    });
    assert.deepEqual(
      config.keys.map(({ display_name, order, width }) => [display_name, order, width]),
      [
        ['file', -1, 'NONE'],
        ['Batch size', 1, 'MEDIUM'],
        ['Retries', 9, 'SHORT'],
      ],
    );
    assert.equal(config.parse({}).hidden, 'x');
    assert.deepEqual(
      config.validate({}).map(({ name }) => name),
      ['file', 'batch.size', 'max.retries'],
    );
  });

  it('keeps all digits of a LONG default', () => {
    const config = defineConfig({ max: long({ default: 2n ** 63n - 1n }) });
    assert.equal(config.keys[0]?.default_value, '9223372036854775807');
    assert.equal(config.validate({})[0]?.value, '9223372036854775807');
    assert.equal(config.parse({}).max, 2 ** 63);
    assert.equal(config.format({ max: 2 ** 63 })['max'], '9223372036854775807');
  });
});

describe('aliases', () => {
  const config = defineConfig({ 'connection.url': string({ aliases: ['url', 'uri'] }) });

  it('stand in where the key is not set', () => {
    assert.equal(config.parse({ uri: 'b', url: 'a' })['connection.url'], 'a');
    assert.equal(config.parse({ url: 'a', 'connection.url': 'c' })['connection.url'], 'c');
    assert.ok(config.has('uri') && !config.has('other'));
  });
});

describe('rules and recommenders', () => {
  const config = defineConfig(
    { mode: string({ oneOf: ['bulk', 'incrementing'], default: 'bulk' }), column: string({ default: '' }), size: int({ default: 1 }) },
    {
      validate(c, report) {
        if (c.mode === 'incrementing' && c.column === '') report('column', 'must be provided');
        if (c.size === undefined) report('mode', new Error('no size'));
      },
      recommend: { column: { from: ['mode'], values: (c) => [`${c.mode}-id`], visible: (c) => c.mode !== 'bulk' } },
    },
  );

  it('make the key a dependent of those it looks at', () => {
    assert.deepEqual(
      config.keys.map(({ dependents }) => dependents),
      [['column'], [], []],
    );
  });

  it('report between keys, strict and collecting', () => {
    assert.throws(() => config.parse({ mode: 'incrementing' }), { message: 'Invalid value  for configuration column: must be provided' });
    assert.deepEqual(errorsOf(config, { mode: 'incrementing' }), { column: ['Invalid value  for configuration column: must be provided'] });
    assert.equal(config.parse({ mode: 'incrementing', column: 'id' }).column, 'id');
  });

  it('do not see a key whose text was bad', () => {
    assert.deepEqual(errorsOf(config, { size: 'x' }), {
      mode: ['no size'],
      size: ['Invalid value x for configuration size: Not a number of type INT'],
    });
  });

  it('recommend and hide', () => {
    const shown = (raw: RawConfig): unknown =>
      config.validate(raw).map(({ recommended_values, visible }) => [recommended_values, visible])[1];
    assert.deepEqual(shown({}), [['bulk-id'], false]);
    assert.deepEqual(shown({ mode: 'incrementing' }), [['incrementing-id'], true]);
  });

  it('an undefined dependent is an error of the definition', () => {
    const wrong = defineConfig({ a: string({ default: '', dependents: ['b', 'c'] }) });
    assert.throws(() => wrong.parse({}), { message: 'Some configurations in are referred in the dependents, but not defined: b,c' });
    assert.deepEqual(wrong.validate({})[1], {
      name: 'b',
      value: null,
      recommended_values: [],
      errors: ['b is referred in the dependents, but not defined.'],
      visible: false,
    });
  });
});

describe('prefixes', () => {
  const config = defineConfig({ 'connection.url': string({ default: '', aliases: ['connection.uri'] }), 'connection.*': prefix() });

  it('hold what has no key of its own', () => {
    const parsed = config.parse({
      'connection.url': 'a',
      'connection.uri': 'b',
      'connection.ssl.mode': 'on',
      'connection.__proto__': 'x',
      'connection.n': null,
    });
    assert.deepEqual(Object.entries(parsed['connection.*']), [
      ['ssl.mode', 'on'],
      ['__proto__', 'x'],
    ]);
    assert.ok(config.has('connection.any'));
    assert.throws(() => defineConfig({ connection: prefix() }), /must end in '\*'/);
  });
});

describe('named groups', () => {
  const config = defineConfig({
    'topic.creation.groups': list({ default: [] }),
    'topic.creation.*': named('topic.creation.groups', { partitions: int({ range: [1] }), include: list({ default: [] }) }, { rest: true }),
  });
  const raw = {
    'topic.creation.groups': 'b, a',
    'topic.creation.a.partitions': '3',
    'topic.creation.b.partitions': '2',
    'topic.creation.b.include': 'x,y',
    'topic.creation.b.cleanup.policy': 'compact',
    'topic.creation.c.partitions': 'not looked at',
  };

  it('have the same keys for each name, in the order of the list', () => {
    const groups = config.parse(raw)['topic.creation.*'];
    assert.deepEqual(
      [...groups],
      [
        ['b', { partitions: 2, include: ['x', 'y'], '*': { 'cleanup.policy': 'compact' } }],
        ['a', { partitions: 3, include: [], '*': {} }],
      ],
    );
  });

  it('show their keys and errors for a configuration', () => {
    assert.deepEqual(
      config.keys.map(({ name }) => name),
      ['topic.creation.groups'],
    );
    assert.deepEqual(
      config.keysFor(raw).map(({ name }) => name),
      [
        'topic.creation.groups',
        'topic.creation.b.partitions',
        'topic.creation.b.include',
        'topic.creation.a.partitions',
        'topic.creation.a.include',
      ],
    );
    assert.deepEqual(errorsOf(config, { 'topic.creation.groups': 'a', 'topic.creation.a.partitions': '0' }), {
      'topic.creation.a.partitions': ['Invalid value 0 for configuration topic.creation.a.partitions: Value must be at least 1'],
    });
    assert.throws(() => config.parse({ 'topic.creation.groups': 'a' }), {
      message: 'Missing required configuration "topic.creation.a.partitions" which has no default value.',
    });
  });
});

describe('format', () => {
  const config = defineConfig({ tables: list(), size: int(), ratio: double(), secret: password(), on: boolean() });

  it('writes text that parses to the same', () => {
    const values = { tables: ['a', 'b'], size: 5, ratio: 1, secret: new Password('s'), on: true };
    const text = config.format(values);
    assert.deepEqual(text, { tables: 'a,b', size: '5', ratio: '1.0', secret: 's', on: 'true' });
    assert.deepEqual(config.parse(text).tables, values.tables);
    assert.deepEqual(config.format({ size: 1 }), { size: '1' });
  });

  it('refuses items that a list cannot hold', () => {
    assert.throws(() => config.format({ tables: ['a,b'] }), /Invalid value \[a,b\] for configuration tables: the item 'a,b' has a comma/);
    assert.throws(() => config.format({ tables: [' a'] }), ConfigError);
    assert.throws(() => config.format({ tables: [''] }), ConfigError);
  });
});

describe('Password', () => {
  it('hides itself everywhere but in value', () => {
    const secret = new Password('s3cret');
    assert.equal(secret.value, 's3cret');
    assert.equal(
      [String(secret), JSON.stringify({ secret }), inspect({ secret })].join(' '),
      '[hidden] {"secret":"[hidden]"} { secret: [hidden] }',
    );
  });
});
