import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseWorkerConfig } from '../../src/config/worker-config.ts';

const minimal = { 'key.converter': 'K', 'value.converter': 'V', 'offset.storage.file.filename': '/tmp/o' };

test('a minimal standalone configuration has the defaults of Kafka Connect', () => {
  const { values, listeners, threads, adminListeners } = parseWorkerConfig(minimal);
  assert.equal(values['offset.flush.interval.ms'], 60_000);
  assert.equal(values['task.shutdown.graceful.timeout.ms'], 5000);
  assert.equal(values['header.converter'], 'org.apache.kafka.connect.storage.SimpleHeaderConverter');
  assert.deepEqual(values['bootstrap.servers'], ['localhost:9092']);
  assert.deepEqual(listeners, [{ protocol: 'http', host: '', port: 8083, text: 'http://:8083' }]);
  assert.equal(adminListeners, null);
  assert.ok(threads >= 1);
});

test('worker.threads limits the threads', () => {
  assert.equal(parseWorkerConfig({ ...minimal, 'worker.threads': '3' }).threads, 3);
});

const errors: [properties: Record<string, string>, message: string][] = [
  [{ 'worker.threads': '0' }, 'Invalid value 0 for configuration worker.threads: Value must be at least 1'],
  [{ 'offset.flush.interval.ms': '10s' }, 'Invalid value 10s for configuration offset.flush.interval.ms: Not a number of type LONG'],
  [
    { 'metrics.recording.level': 'TRACE' },
    'Invalid value TRACE for configuration metrics.recording.level: String must be one of: INFO, DEBUG',
  ],
  [{ listeners: '' }, 'Invalid value for listeners, at least one URL is expected, ex: http://localhost:8080,https://localhost:8443.'],
  [{ listeners: 'http://:1,,http://:2' }, 'Empty URL found when parsing listeners list.'],
  [{ 'admin.listeners': 'http://:1, ' }, 'Empty URL found when parsing admin.listeners list.'],
  [
    { listeners: 'localhost:8083' },
    "Invalid value localhost:8083 for configuration listeners: Listener doesn't have the right format (protocol://hostname:port).",
  ],
  [{ listeners: 'ftp://:1' }, 'Invalid value ftp://:1 for configuration listeners: Listener protocol must be either "http" or "https".'],
  [{ 'response.http.headers.config': 'set' }, "Invalid format of header config 'set'. Expected: '[action] [header name]:[header value]'"],
  [{ 'response.http.headers.config': 'put a:b' }, "Invalid header config action: 'put'. Expected one of [set, add, setDate, addDate]"],
  [
    { 'response.http.headers.config': 'set a:b:c' },
    "Invalid format of header name and header value pair 'a:b:c'. Expected: '[header name]:[header value]'",
  ],
];

for (const [properties, message] of errors) {
  test(`worker configuration ${JSON.stringify(properties)} is refused`, () => {
    assert.throws(() => parseWorkerConfig({ ...minimal, ...properties }), { name: 'ConfigError', message });
  });
}

test('required keys are named', () => {
  assert.throws(() => parseWorkerConfig({ 'key.converter': 'K', 'value.converter': 'V' }), {
    message: 'Missing required configuration "offset.storage.file.filename" which has no default value.',
  });
});

test('listeners of all forms are read', () => {
  const { listeners } = parseWorkerConfig({
    ...minimal,
    listeners: 'HTTP://0.0.0.0:8083, http://[::1]:0 ,https://connect.example.com:8443',
  });
  assert.deepEqual(
    listeners.map(({ protocol, host, port }) => `${protocol} ${host} ${port}`),
    ['http 0.0.0.0 8083', 'http ::1 0', 'https connect.example.com 8443'],
  );
});

test('header rules are read, quotes protect commas', () => {
  const { responseHeaders } = parseWorkerConfig({
    ...minimal,
    'response.http.headers.config': 'set X-A:b, "add Cache-Control:no-cache,no-store"',
  });
  assert.deepEqual(responseHeaders, [
    { action: 'set', name: 'X-A', value: 'b' },
    { action: 'add', name: 'Cache-Control', value: 'no-cache,no-store' },
  ]);
});
