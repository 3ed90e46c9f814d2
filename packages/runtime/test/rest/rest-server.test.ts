import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { restRoutes } from '../../src/rest/rest-routes.ts';
import { type RestServer, startRestServer } from '../../src/rest/rest-server.ts';
import type { Herder } from '../../src/control/herder.ts';
import { type FakeWorker, fakeWorker } from '../control/fake-herder.ts';

let worker: FakeWorker;
let server: RestServer;
/** The server stays, the herder behind it is new for each test. */
const herder = new Proxy({} as Herder, {
  get: (_target, name) => {
    const member: unknown = Reflect.get(worker.herder, name);
    return typeof member === 'function' ? member.bind(worker.herder) : member;
  },
});
const source = { 'connector.class': 'FileStreamSource', topic: 't1', file: '/in.txt' };

before(async () => {
  worker = fakeWorker();
  server = await startRestServer({
    listeners: [{ protocol: 'http', host: '127.0.0.1', port: 0, text: 'http://127.0.0.1:0' }],
    routes: restRoutes(herder, { isEnabled: true, isResetAllowed: true }),
    herder,
    responseHeaders: [{ action: 'set', name: 'X-Test', value: 'yes' }],
    cors: { origin: '*', methods: '' },
    advertised: { host: null, port: null, listener: null },
    log: () => undefined,
  });
});
beforeEach(() => {
  worker = fakeWorker();
});
after(() => server.close());

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
  readonly location: string | null;
  readonly headers: Headers;
}

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await fetch(server.url + path, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    text,
    location: answer.headers.get('location'),
    headers: answer.headers,
  };
}

async function message(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<[number, string]> {
  const { status, text } = await call(method, path, body, headers);
  return [status, (JSON.parse(text) as { message: string }).message];
}

async function create(name: string, config: Record<string, unknown> = source, more: object = {}): Promise<Answer> {
  return call('POST', '/connectors', { name, config, ...more });
}

/** Waits until a connector's status is as wanted. */
async function statusMatches(name: string, pattern: RegExp): Promise<void> {
  const deadline = Date.now() + 5000;
  for (;;) {
    const { text } = await call('GET', `/connectors/${name}/status`);
    if (pattern.test(text)) return;
    assert.ok(Date.now() < deadline, `the status of ${name} is still ${text}`);
  }
}

/** What a request over a plain socket is answered: for what an HTTP client would not send. */
function raw(request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => socket.end(request.replaceAll('\n', '\r\n')));
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
}

test('GET / and /health', async () => {
  const root = await call('GET', '/');
  assert.equal(root.text, '{"version":"4.3.1","commit":"sluice-0.1.0","kafka_cluster_id":"cluster"}');
  assert.equal(root.type, 'application/json');
  assert.equal(root.headers.get('x-test'), 'yes');
  assert.equal(
    (await call('GET', '/health/')).text,
    '{"status":"healthy","message":"Worker has completed startup and is ready to handle requests."}',
  );
});

test('creating, reading and deleting a connector', async () => {
  const created = await create(' fs ', { ...source, 'tasks.max': 2, x: true });
  assert.equal(created.status, 201);
  assert.equal(created.location, `${server.url}/connectors/fs`);
  const info =
    '{"name":"fs","config":{"connector.class":"FileStreamSource","topic":"t1","file":"/in.txt","tasks.max":"2","x":"true","name":"fs"},' +
    '"tasks":[{"connector":"fs","task":0},{"connector":"fs","task":1}],"type":"source"}';
  assert.equal(created.text, info);
  assert.equal((await call('GET', '/connectors/fs/')).text, info);
  const status =
    '{"name":"fs","connector":{"state":"RUNNING","worker_id":"127.0.0.1:8083","version":"1.2.3"},' +
    '"tasks":[{"id":0,"state":"RUNNING","worker_id":"127.0.0.1:8083","version":"1.2.3"},{"id":1,"state":"RUNNING","worker_id":"127.0.0.1:8083","version":"1.2.3"}],"type":"source"}';
  assert.equal((await call('GET', '/connectors/fs/status')).text, status);
  assert.equal(
    (await call('GET', '/connectors/fs/tasks/1/status')).text,
    '{"id":1,"state":"RUNNING","worker_id":"127.0.0.1:8083","version":"1.2.3"}',
  );
  assert.equal((await call('GET', '/connectors')).text, '["fs"]');
  assert.equal((await call('GET', '/connectors?expand=status&expand=info')).text, `{"fs":{"status":${status},"info":${info}}}`);
  assert.equal((await call('GET', '/connectors?expand=status,info')).text, '{"fs":{}}');
  assert.equal((await call('GET', '/connectors?expand=')).text, '{"fs":{}}');
  const tasks = JSON.parse((await call('GET', '/connectors/fs/tasks')).text) as { id: unknown; config: Record<string, string> }[];
  assert.deepEqual(tasks[1]?.id, { connector: 'fs', task: 1 });
  assert.equal(tasks[1]?.config['task.class'], 'T');
  assert.deepEqual(await message('POST', '/connectors', { name: 'fs', config: source }), [409, 'Connector fs already exists']);
  const deleted = await call('DELETE', '/connectors/fs');
  assert.deepEqual([deleted.status, deleted.text], [204, '']);
  assert.deepEqual(await message('GET', '/connectors/fs/status'), [404, 'No status found for connector fs']);
});

test('unknown connectors', async () => {
  const notFound = [404, 'Connector nobody not found'];
  assert.deepEqual(await message('GET', '/connectors/nobody'), notFound);
  assert.deepEqual(await message('GET', '/connectors/nobody/config'), notFound);
  assert.deepEqual(await message('GET', '/connectors/nobody/tasks'), notFound);
  assert.deepEqual(await message('GET', '/connectors/nobody/offsets'), notFound);
  assert.deepEqual(await message('DELETE', '/connectors/nobody'), notFound);
  assert.deepEqual(await message('PATCH', '/connectors/nobody/config', {}), notFound);
  assert.deepEqual(await message('DELETE', '/connectors/nobody/offsets'), notFound);
  assert.deepEqual(await message('POST', '/connectors/nobody/restart'), notFound);
  assert.deepEqual(await message('POST', '/connectors/nobody/restart?includeTasks=TRUE'), [404, 'Unknown connector: nobody']);
  assert.deepEqual(await message('POST', '/connectors/nobody/tasks/0/restart'), notFound);
  assert.deepEqual(await message('PUT', '/connectors/nobody/pause'), [404, 'Unknown connector nobody']);
  assert.deepEqual(await message('PUT', '/connectors/nobody/resume'), [404, 'Unknown connector nobody']);
  assert.deepEqual(await message('PUT', '/connectors/nobody/stop'), [500, 'No connector `nobody` configured']);
  assert.deepEqual(await message('GET', '/connectors/nobody/tasks/0/status'), [404, 'No status found for task nobody-0']);
  assert.equal((await call('GET', '/connectors/nobody/topics')).text, '{"nobody":{"topics":[]}}');
  assert.equal((await call('PUT', '/connectors/nobody/topics/reset')).status, 202);
});

test('PUT and PATCH of a configuration', async () => {
  const put = await call('PUT', '/connectors/x/config', source);
  assert.deepEqual([put.status, put.location], [201, `${server.url}/connectors/x`]);
  assert.equal((await call('PUT', '/connectors/x/config', { ...source, 'tasks.max': 3 })).status, 200);
  const patched = await call('PATCH', '/connectors/x/config', '{"topic":"t2","file":null,"nn":1.50}');
  assert.equal(patched.status, 200);
  assert.deepEqual(JSON.parse((await call('GET', '/connectors/x/config')).text), {
    'connector.class': 'FileStreamSource',
    topic: 't2',
    'tasks.max': '3',
    name: 'x',
    nn: '1.50',
  });
  assert.deepEqual(await message('PATCH', '/connectors/x/config', { 'connector.class': null }), [
    400,
    'Connector config {name=x, nn=1.50, topic=t2, tasks.max=3} contains no connector type',
  ]);
  assert.match(
    (await message('PATCH', '/connectors/x/config', { name: null }))[1],
    /\nMissing required configuration "name" which has no default value\.\n/,
  );
  assert.deepEqual(await message('PUT', '/connectors/x/config', { ...source, name: 'y' }), [
    400,
    "Connector name configuration (y) doesn't match connector name in the URL (x)",
  ]);
});

test('a configuration with errors is a 400 with all messages', async () => {
  assert.deepEqual(await message('POST', '/connectors', { config: { 'connector.class': 'FileStreamSource' } }), [
    400,
    'Connector configuration is invalid and contains the following 2 error(s):\nInvalid value  for configuration name: String may not be empty\n' +
      'Missing required configuration "topic" which has no default value.\n' +
      'You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`',
  ]);
  assert.deepEqual(await message('POST', '/connectors', { name: 'x', config: {} }), [
    400,
    'Connector config {name=x} contains no connector type',
  ]);
  const [status, text] = await message('POST', '/connectors', { name: 'x', config: { 'connector.class': 'JsonConverter' } });
  assert.equal(status, 400);
  assert.match(
    text,
    /^Failed to find any class that implements Connector and which name matches JsonConverter, available connectors are: PluginDesc\{klass=class /,
  );
});

test('a JSON null that validation lets through fails the start, and the connector is there', async () => {
  assert.deepEqual(await message('PUT', '/connectors/n/config', { 'connector.class': 'FileStreamSource', topic: null }), [
    500,
    'Non-string value found in original settings for key topic: null',
  ]);
  const status = JSON.parse((await call('GET', '/connectors/n/status')).text) as { connector: { state: string; version: null } };
  assert.equal(status.connector.state, 'FAILED');
  assert.equal(status.connector.version, null);
  assert.match((await call('GET', '/connectors/n')).text, /"topic":null/);
});

test('a connector that cannot start: 500, and its status says why', async () => {
  worker.pool.failing.set('bad', 'no such server');
  assert.deepEqual(await message('POST', '/connectors', { name: 'bad', config: source }), [
    500,
    'Failed to transition connector bad to state STARTED',
  ]);
  assert.match(
    (await call('GET', '/connectors/bad/status')).text,
    /"state":"FAILED".*"trace":"org\.apache\.kafka\.connect\.errors\.ConnectException: no such server/,
  );
  worker.pool.failing.clear();
  assert.equal((await call('POST', '/connectors/bad/restart')).status, 204);
  assert.equal((await call('GET', '/connectors/bad/tasks/0/status')).status, 200, 'a restart that works makes the tasks');
});

test('initial_state in any case; tasks come with the first resume', async () => {
  assert.match((await create('p', source, { initial_state: 'Paused' })).text, /"tasks":\[\]/);
  assert.match((await call('GET', '/connectors/p/status')).text, /"state":"PAUSED"/);
  assert.match((await create('s', source, { initial_state: 'stopped' })).text, /"tasks":\[\]/);
  assert.equal((await call('PUT', '/connectors/p/resume')).status, 202);
  await statusMatches('p', /"tasks":\[\{"id":0,"state":"RUNNING"/);
  const [status, text] = await message('POST', '/connectors', { name: 'f', config: source, initial_state: 'foo' });
  assert.equal(status, 500);
  assert.match(
    text,
    /^Cannot construct instance of `.*CreateConnectorRequest\$InitialState`, problem: No enum constant .*InitialState\.FOO\n at /,
  );
});

test('pause, resume and stop', async () => {
  await create('x');
  assert.equal((await call('PUT', '/connectors/x/pause')).status, 202);
  await statusMatches('x', /"state":"PAUSED".*"tasks":\[\{"id":0,"state":"PAUSED"/);
  assert.deepEqual((await call('PUT', '/connectors/x/stop')).status, 204);
  const stopped = (await call('GET', '/connectors/x/status')).text;
  assert.match(stopped, /"state":"STOPPED".*"tasks":\[\]/);
  assert.equal((await call('GET', '/connectors/x/tasks')).text, '[]');
  assert.equal((await call('PUT', '/connectors/x/resume')).status, 202);
  await statusMatches('x', /"tasks":\[\{"id":0,"state":"RUNNING"/);
});

test('restarts', async () => {
  await create('x', { ...source, 'tasks.max': 2 });
  worker.pool.fail('x', 1);
  worker.pool.calls.length = 0;
  const failed = await call('POST', '/connectors/x/restart?onlyFailed=true&includeTasks=true');
  assert.equal(failed.status, 202);
  assert.match(
    failed.text,
    /^\{"name":"x","connector":\{"state":"RUNNING".*\{"id":0,"state":"RUNNING".*\{"id":1,"state":"RESTARTING",.*"trace":"java\.lang\.Exception: broken\\n"\}\]/,
  );
  assert.deepEqual(worker.pool.calls, ['stop x-1', 'start x-1 STARTED']);
  worker.pool.calls.length = 0;
  assert.equal((await call('POST', '/connectors/x/restart?onlyFailed=1')).status, 204);
  assert.deepEqual(worker.pool.calls, ['stop x', 'start x STARTED']);
  worker.pool.calls.length = 0;
  assert.equal((await call('POST', '/connectors/x/restart?includeTasks=true')).status, 202);
  assert.deepEqual(worker.pool.calls, ['stop x', 'stop x-0', 'stop x-1', 'start x STARTED', 'start x-0 STARTED', 'start x-1 STARTED']);
  worker.pool.calls.length = 0;
  assert.equal((await call('POST', '/connectors/x/tasks/0/restart')).status, 204);
  assert.deepEqual(worker.pool.calls, ['stop x-0', 'start x-0 STARTED']);
  assert.deepEqual(await message('POST', '/connectors/x/tasks/5/restart'), [404, 'Task x-5 not found']);
  assert.deepEqual(await message('GET', '/connectors/x/tasks/5/status'), [404, 'No status found for task x-5']);
});

test('offsets of a source: only when stopped', async () => {
  await create('x');
  const offsets = { offsets: [{ partition: { filename: 'a' }, offset: { position: 3 } }] };
  const notStopped = [
    400,
    "Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by issuing a 'PUT' request to the '/connectors/x/stop' endpoint",
  ];
  assert.deepEqual(await message('PATCH', '/connectors/x/offsets', offsets), notStopped);
  assert.deepEqual(await message('DELETE', '/connectors/x/offsets'), notStopped);
  await call('PUT', '/connectors/x/stop');
  assert.deepEqual(await message('PATCH', '/connectors/x/offsets', {}), [
    400,
    'Partitions / offsets need to be provided for an alter offsets request',
  ]);
  assert.deepEqual(
    await message('PATCH', '/connectors/x/offsets', '{"offsets":[{"partition":{"filename":"a"},"offset":{"position":9007199254740993}}]}'),
    [200, 'The offsets for this connector have been altered successfully'],
  );
  assert.equal(
    (await call('GET', '/connectors/x/offsets')).text,
    '{"offsets":[{"partition":{"filename":"a"},"offset":{"position":9007199254740993}}]}',
  );
  assert.deepEqual(await message('PATCH', '/connectors/x/offsets', { offsets: [{ partition: { x: 1 }, offset: { position: 3 } }] }), [
    500,
    "Partition objects should contain the key 'filename'",
  ]);
  assert.equal((await call('PATCH', '/connectors/x/offsets', { offsets: [{}] })).status, 200);
  assert.deepEqual(await message('DELETE', '/connectors/x/offsets'), [200, 'The offsets for this connector have been reset successfully']);
  assert.equal((await call('GET', '/connectors/x/offsets')).text, '{"offsets":[]}');
});

test('offsets of a sink', async () => {
  await create('s', { 'connector.class': 'FileStreamSink', topics: 't' });
  assert.equal(
    (await call('GET', '/connectors/s/offsets')).text,
    '{"offsets":[{"partition":{"kafka_topic":"t","kafka_partition":3},"offset":{"kafka_offset":7}}]}',
  );
  await create('b', { 'connector.class': 'FileStreamSink', topics: 'broken' });
  assert.deepEqual(await message('GET', '/connectors/b/offsets'), [500, 'Failed to retrieve consumer group offsets for sink connector b']);
});

test('active topics outlive the connector until they are reset', async () => {
  await create('x');
  worker.herder.onEvent({ type: 'event', kind: 'topic', connector: 'x', task: 0, topic: 't1' });
  await call('DELETE', '/connectors/x');
  assert.equal((await call('GET', '/connectors/x/topics')).text, '{"x":{"topics":["t1"]}}');
  await call('PUT', '/connectors/x/topics/reset');
  assert.equal((await call('GET', '/connectors/x/topics')).text, '{"x":{"topics":[]}}');
});

test('plugins', async () => {
  assert.equal(
    (await call('GET', '/connector-plugins')).text,
    '[{"class":"org.apache.kafka.connect.file.FileStreamSinkConnector","type":"sink","version":"1.2.3"},{"class":"org.apache.kafka.connect.file.FileStreamSourceConnector","type":"source","version":"1.2.3"}]',
  );
  const all = JSON.parse((await call('GET', '/connector-plugins?connectorsOnly=no')).text) as { type: string }[];
  assert.deepEqual(
    all.map(({ type }) => type),
    ['sink', 'source', 'transformation', 'transformation', 'predicate', 'converter', 'header_converter'],
  );
  const keys = (await call('GET', '/connector-plugins/FileStreamSource/config')).text;
  assert.ok(
    keys.startsWith(
      '[{"name":"file","type":"STRING","required":false,"default_value":null,"importance":"HIGH","documentation":"","group":null,"order_in_group":-1,"width":"NONE","display_name":"file","dependents":[]},',
    ),
    keys.slice(0, 300),
  );
  assert.deepEqual(await message('GET', '/connector-plugins/Foo/config'), [404, 'Unknown plugin Foo.']);
  assert.deepEqual(await message('GET', '/connector-plugins/FileStreamSource/config?version=0.0.1'), [
    400,
    'Plugin org.apache.kafka.connect.file.FileStreamSourceConnector not found that matches the version range [0.0.1,0.0.1], available versions: [1.2.3]',
  ]);
});

test('validation: errors are no HTTP errors, what makes it impossible is a 500 with its class', async () => {
  const path = '/connector-plugins/FileStreamSourceConnector/config/validate';
  const answer = await call('PUT', path, { ...source, name: 'x', 'tasks.max': 'abc' });
  assert.equal(answer.status, 200);
  assert.match(answer.text, /^\{"name":"FileStreamSource","error_count":2,"groups":\["Common",/);
  assert.deepEqual(await message('PUT', path, {}), [
    500,
    'org.apache.kafka.connect.runtime.rest.errors.BadRequestException: Connector config {} contains no connector type',
  ]);
  assert.deepEqual(await message('PUT', path, { 'connector.class': 'Foo' }), [
    400,
    'Included connector type Foo does not match request type FileStreamSourceConnector',
  ]);
  const [status, text] = await message('PUT', '/connector-plugins/Foo/config/validate', { 'connector.class': 'Foo' });
  assert.equal(status, 500);
  assert.match(
    text,
    /^org\.apache\.kafka\.connect\.runtime\.rest\.errors\.BadRequestException: org\.apache\.kafka\.connect\.errors\.ConnectException: Failed to find any class/,
  );
  assert.deepEqual(await message('PUT', path, { ...source, 'producer.override.linger.ms': 'abc' }), [
    500,
    'org.apache.kafka.common.config.ConfigException: Invalid value abc for configuration linger.ms: Not a number of type LONG',
  ]);
});

test('endpoints for clusters are refused', async () => {
  assert.deepEqual(await message('POST', '/connectors/x/tasks', '[]', { 'content-type': 'application/x-anything' }), [
    500,
    'Kafka Connect in standalone mode does not support externally setting task configurations.',
  ]);
  assert.deepEqual(await message('PUT', '/connectors/x/fence'), [
    500,
    'Kafka Connect in standalone mode does not support exactly-once source connectors.',
  ]);
});

test('errors of the framework have a JSON body without content type', async () => {
  const cases: [number, string, string, unknown, Record<string, string>][] = [
    [404, 'GET', '/nope', undefined, {}],
    [404, 'GET', '/connectors/x/tasks-config', undefined, {}],
    [405, 'DELETE', '/connectors', undefined, {}],
    [405, 'POST', '/', undefined, {}],
    [405, 'PUT', '/connectors/x/restart', undefined, {}],
    [415, 'POST', '/connectors', '{}', { 'content-type': 'text/plain' }],
    [415, 'PUT', '/connectors/x/resume', 'x', { 'content-type': 'text/plain' }],
    [406, 'GET', '/connectors', undefined, { accept: 'text/html' }],
  ];
  const words: Record<number, string> = {
    404: 'Not Found',
    405: 'Method Not Allowed',
    406: 'Not Acceptable',
    415: 'Unsupported Media Type',
  };
  for (const [status, method, path, body, headers] of cases) {
    const answer = await call(method, path, body, headers);
    const what = `${method} ${path}`;
    assert.equal(answer.status, status, what);
    assert.equal(answer.text, `{"error_code":${status},"message":"HTTP ${status} ${words[status]}"}`, what);
    assert.equal(answer.type, null, what);
    assert.equal(answer.headers.get('allow'), null, what);
  }
});

test('a task that is no number is 404 with a content type', async () => {
  const answer = await call('GET', '/connectors/x/tasks/y/status');
  assert.deepEqual(
    [answer.status, answer.type, answer.text],
    [404, 'application/json', '{"error_code":404,"message":"HTTP 404 Not Found"}'],
  );
});

test('a body without content type is 415, no body needs none', async () => {
  const answer = await raw('POST /connectors HTTP/1.1\nHost: x\nConnection: close\nContent-Length: 2\n\n{}');
  assert.match(answer, /^HTTP\/1\.1 415 /);
  assert.match(answer, /content-type: application\/json/i);
});

test('a method that HTTP does not know is a 405', async () => {
  assert.match(
    await raw('FOO /connectors HTTP/1.1\nHost: x\nConnection: close\n\n'),
    /^HTTP\/1\.1 405 .*"message":"HTTP 405 Method Not Allowed"\}$/s,
  );
});

test('HEAD and OPTIONS come with every path', async () => {
  const head = await call('HEAD', '/connectors');
  assert.deepEqual([head.status, head.text, head.headers.get('content-length')], [200, '', '2']);
  assert.equal((await call('HEAD', '/nope')).status, 404);
  const options = await call('OPTIONS', '/connectors/x/config');
  assert.equal(options.status, 200);
  assert.equal(options.text, 'HEAD, GET, PUT, PATCH, OPTIONS');
  assert.equal((await call('OPTIONS', '/nope')).status, 404);
});

test('paths: matrix parameters, plus signs, encoded characters', async () => {
  assert.deepEqual(await message('GET', '/connectors/x;v=1/config'), [404, 'Connector x not found']);
  assert.deepEqual(await message('GET', '/connectors/a+b/config'), [404, 'Connector a+b not found']);
  assert.deepEqual(await message('GET', '/connectors/a%20%C3%A4/config'), [404, 'Connector a ä not found']);
  for (const path of [
    '/connectors/a%2Fb',
    '/connectors/a%25b',
    '/connectors/a%5Cb',
    '/connectors/%00',
    '/connectors/%zz',
    '/connectors/%ff',
    '/connectors//config',
    '//connectors',
  ]) {
    assert.match(await raw(`GET ${path} HTTP/1.1\nHost: x\nConnection: close\n\n`), /^HTTP\/1\.1 400 /, path);
  }
  const created = await create('a/b c%');
  assert.equal(created.location, `${server.url}/connectors/a/b%20c%25`);
  const long = 'n'.repeat(500);
  assert.deepEqual(await message('GET', `/connectors/${long}/config`), [404, `Connector ${long} not found`]);
});

test('cross-origin calls are allowed as configured', async () => {
  const answer = await call('GET', '/', undefined, { origin: 'http://example.com' });
  assert.equal(answer.headers.get('access-control-allow-origin'), 'http://example.com');
});

test('the API document describes every route', async () => {
  const { status, text } = await call('GET', '/openapi.json');
  assert.equal(status, 200);
  const document = JSON.parse(text) as {
    openapi: string;
    paths: Record<string, Record<string, unknown>>;
    components: { schemas: Record<string, unknown> };
  };
  assert.equal(document.openapi, '3.1.0');
  assert.deepEqual(Object.keys(document.paths['/connectors/{connector}/config'] ?? {}), ['get', 'put', 'patch']);
  for (const [, name] of text.matchAll(/#\/components\/schemas\/(\w+)/g)) assert.ok(document.components.schemas[name!], `schema ${name}`);
});

test('a port that is in use is an error that names listeners', async () => {
  const text = server.url;
  const options = {
    listeners: [{ protocol: 'http' as const, host: '127.0.0.1', port: Number(new URL(text).port), text }],
    routes: [],
    herder,
    responseHeaders: [],
    cors: { origin: '', methods: '' },
    advertised: { host: null, port: null, listener: null },
    log: () => undefined,
  };
  await assert.rejects(startRestServer(options), {
    name: 'ConfigError',
    message: /^Invalid value http:\/\/127\.0\.0\.1:\d+ for configuration listeners: the port \d+ is in use/,
  });
});
