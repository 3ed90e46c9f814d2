import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestBody } from '../../src/rest/body-binding.ts';

const at = (column: number, line = 1): string =>
  `\n at [Source: REDACTED (\`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION\` disabled); line: ${line}, column: ${column}]`;
const entities = 'org.apache.kafka.connect.runtime.rest.entities';

/** Bodies of a configuration with the message that Kafka Connect 4.3.1 gave. */
const malformed: [body: string, message: string][] = [
  [
    '[]',
    `Cannot deserialize value of type \`java.util.LinkedHashMap<java.lang.String,java.lang.String>\` from Array value (token \`JsonToken.START_ARRAY\`)${at(1)}`,
  ],
  [
    '"x"',
    `Cannot construct instance of \`java.util.LinkedHashMap\` (although at least one Creator exists): no String-argument constructor/factory method to deserialize from String value ('x')${at(1)}`,
  ],
  [
    '{"a":{}}',
    `Cannot deserialize value of type \`java.lang.String\` from Object value (token \`JsonToken.START_OBJECT\`)${at(6)} (through reference chain: java.util.LinkedHashMap["a"])`,
  ],
  ['{"a":"x" ', `Unexpected end-of-input: expected close marker for Object (start marker at ${at(1).slice(5)})${at(10)}`],
  [
    '{"a":"x"} {"b":"c"}',
    `Trailing token (of type START_OBJECT) found after value (bound as \`java.util.Map\`): not allowed as per \`DeserializationFeature.FAIL_ON_TRAILING_TOKENS\`${at(11)}`,
  ],
  [
    '{"a":"b"} trailing',
    `Unrecognized token 'trailing': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')${at(11)}`,
  ],
  ["{'name':1}", `Unexpected character (''' (code 39)): was expecting double-quote to start field name${at(2)}`],
  [
    '{/*c*/"name":"x"}',
    `Unexpected character ('/' (code 47)): maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)${at(2)}`,
  ],
  ['{"name":NaN}', `Non-standard token 'NaN': enable \`JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS\` to allow${at(12)}`],
  ['{"name":"x",}', `Unexpected character ('}' (code 125)): was expecting double-quote to start field name${at(13)}`],
  ['{"name"', `Unexpected end-of-input within/between Object entries${at(8)}`],
  ['{"na', `Unexpected end-of-input in field name${at(5)}`],
  ['{"name":01}', `Invalid numeric value: Leading zeroes not allowed${at(10)}`],
  [
    '{"name":tru}',
    `Unrecognized token 'tru': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')${at(9)}`,
  ],
  ['}', `Unexpected close marker '}': no open Object to close${at(1)}`],
  ['{"name":"x" "b"}', `Unexpected character ('"' (code 34)): was expecting comma to separate Object entries${at(13)}`],
];

for (const [body, message] of malformed) {
  test(`a configuration ${body} is refused as Jackson does`, () => {
    assert.throws(() => new RequestBody(body).config(), { message, status: 500 });
  });
}

test('scalars keep their text, the last of two members counts, a byte order mark is nothing', () => {
  const config = new RequestBody('\ufeff{"a":1,"b":1.50,"c":1e3,"d":true,"e":null,"f":"x","a":"last","__proto__":"p"}').config();
  assert.deepEqual(Object.entries(config), [
    ['a', 'last'],
    ['b', '1.50'],
    ['c', '1e3'],
    ['d', 'true'],
    ['e', null],
    ['f', 'x'],
    ['__proto__', 'p'],
  ]);
});

test('typed bodies refuse unknown members', () => {
  assert.throws(() => new RequestBody('{"name":"x","config":{},"foo":1}').createConnector(), {
    message: new RegExp(
      `^Unrecognized field "foo" \\(class ${entities}\\.CreateConnectorRequest\\), not marked as ignorable \\(3 known properties: "config", "name", "initial_state"\\)`,
    ),
  });
  assert.throws(() => new RequestBody('{"offsets":[],"x":1}').offsets(), {
    message: /^Unrecognized field "x" .*\(one known property: "offsets"\)/,
  });
});

test('an offset that is no object is refused', () => {
  assert.throws(() => new RequestBody('{"offsets":[123]}').offsets(), {
    message: `Cannot construct instance of \`${entities}.ConnectorOffset\` (although at least one Creator exists): no int/Int-argument constructor/factory method to deserialize from Number value (123)${at(13)} (through reference chain: ${entities}.ConnectorOffsets["offsets"]->java.util.ArrayList[0])`,
  });
});

test('offsets keep whole numbers of any size', () => {
  const offsets = new RequestBody(
    '{"offsets":[{"partition":{"a":1},"offset":{"p":9007199254740993,"q":1.5,"r":[1],"s":null}},{}]}',
  ).offsets();
  assert.deepEqual(offsets, [
    { partition: { a: 1 }, offset: { p: 9007199254740993n, q: 1.5, r: [1], s: null } },
    { partition: null, offset: null },
  ]);
});

test('no body where one is needed is a 500', () => {
  for (const body of ['', '  ', 'null']) assert.throws(() => new RequestBody(body).config(), { status: 500 });
});
