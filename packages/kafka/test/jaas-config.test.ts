import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJaasConfig } from '../src/auth/jaas-config.ts';
import { ClientSettings } from '../src/settings/client-settings.ts';

const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule';
const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule';

test('quotes, escapes, comments and line breaks are read as Java does', () => {
  const text = `${plain} required // who
    username="al\\"ice" /* and
    how */ password='c;d "e"\\t\\101' empty="" word=a.b-c_d$1 ;`;
  assert.deepEqual(parseJaasConfig(text), {
    loginModule: plain,
    options: { username: 'al"ice', password: 'c;d "e"\tA', empty: '', word: 'a.b-c_d$1' },
  });
});

test('the control flag may be in any case and the semicolon right behind the value', () => {
  assert.deepEqual(parseJaasConfig(`${plain} REQUIRED username=a;`).options, { username: 'a' });
});

const broken: [string, RegExp][] = [
  ['', /^Login module not specified in JAAS config$/],
  ['x', /^Login module control flag not specified in JAAS config$/],
  [`${plain} requird username="a";`, /^Invalid login module control flag 'requird' in JAAS config$/],
  [`${plain} required username="a"`, /^JAAS config entry not terminated by semi-colon$/],
  [`${plain} required username="a;`, /^JAAS config entry not terminated by semi-colon$/],
  [`${plain} required username;`, /^Value not specified for key 'username' in JAAS config/],
  [`${plain} required username=a password=2c;`, /^Value not specified for key 'password' in JAAS config/],
  [`${plain} required username=a password=;`, /^Value not specified for key 'password' in JAAS config/],
  [`${plain} required username=a password=c@d;`, /^Value not specified for key 'null' in JAAS config/],
  [`${plain} required a="b"; ${plain} required;`, /^JAAS config property contains 2 login modules, should be 1 module$/],
];

for (const [text, message] of broken) {
  test(`a JAAS text is refused: ${text === '' ? '(empty)' : text.replace(plain, 'PlainLoginModule')}`, () => {
    assert.throws(() => parseJaasConfig(text), { message });
  });
}

function settingsWith(mechanism: string | null, jaas: string | null): ClientSettings {
  return ClientSettings.forAdmin({
    'bootstrap.servers': 'localhost:9092',
    'security.protocol': 'sasl_plaintext',
    ...(mechanism === null ? {} : { 'sasl.mechanism': mechanism }),
    ...(jaas === null ? {} : { 'sasl.jaas.config': jaas }),
  });
}

test('another mechanism is refused with those that there are', () => {
  const supported = 'Mechanism is not supported. Supported: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER';
  assert.throws(() => settingsWith(null, null), { message: `Invalid value GSSAPI for configuration sasl.mechanism: ${supported}` });
});

test('a login module of another mechanism, a missing option or a missing text is refused without showing the password', () => {
  const mine = `${plain} required username="u" password="hunter2";`;
  assert.throws(
    () => settingsWith('SCRAM-SHA-256', mine),
    (error: Error) => /ScramLoginModule/.test(error.message) && !error.message.includes('hunter2'),
  );
  assert.throws(() => settingsWith('SCRAM-SHA-512', `${scram} required username="u";`), { message: /Option password is missing/ });
  assert.throws(() => settingsWith('PLAIN', null), { message: /set sasl\.jaas\.config/ });
  assert.throws(
    () => settingsWith('PLAIN', `${plain} required username="u" password="hunter2"`),
    (error: Error) => !error.message.includes('hunter2'),
  );
});
