import assert from 'node:assert/strict';
import test from 'node:test';
import { messages, requests, responses } from '../src/generated/messages.ts';
import type { ApiName, MessageName } from '../src/generated/types.ts';
import {
  apis,
  decodeMessage,
  decodeRequest,
  decodeRequestHeader,
  decodeResponse,
  encodeMessage,
  encodeRequest,
  encodeResponse,
  errors,
  KafkaError,
  ProtocolError,
  zeroUuid,
} from '../src/index.ts';
import { parseTable } from '../src/schema.ts';
import { Random, randomMessage } from './random.ts';

const random = new Random();
const apiNames = Object.keys(apis) as ApiName[];
const header = { correlationId: 77, clientId: 'sluice-1' };

/** One random frame of each version, without its size, and how to read it. */
function* frames(): Generator<{ what: string; frame: Buffer; body: unknown; decode: (frame: Buffer) => { body: unknown } }> {
  for (const api of apiNames) {
    for (let version = apis[api].minVersion; version <= apis[api].maxVersion; version++) {
      const request = randomMessage(random, parseTable(requests[api]), version);
      const frame = encodeRequest(api, version, header, request as never);
      assert.equal(frame.readInt32BE(0), frame.length - 4);
      yield { what: `${api} request ${version}`, frame: frame.subarray(4), body: request, decode: decodeRequest };
      const response = randomMessage(random, parseTable(responses[api]), version);
      // 35 there means that the body is of version 0.
      if (api === 'ApiVersions' && response['errorCode'] === errors.UNSUPPORTED_VERSION.code) response['errorCode'] = 0;
      yield {
        what: `${api} response ${version}`,
        frame: encodeResponse(api, version, 77, response as never).subarray(4),
        body: response,
        decode: (bytes) => decodeResponse(api, version, bytes),
      };
    }
  }
  for (const name of Object.keys(messages) as MessageName[]) {
    for (let version = messages[name].minVersion; version <= messages[name].maxVersion; version++) {
      const body = randomMessage(random, parseTable(messages[name].fields), version);
      yield {
        what: `${name} ${version}`,
        frame: encodeMessage(name, version, body as never),
        body,
        decode: (bytes) => decodeMessage(name, bytes),
      };
    }
  }
}

test('every version of every message comes back as it was', (t) => {
  t.diagnostic(`TEST_SEED=${random.seed}`);
  let count = 0;
  for (let round = 0; round < 3; round++) {
    for (const { what, frame, body, decode } of frames()) {
      assert.deepEqual(decode(frame).body, body, what);
      count++;
    }
  }
  assert.ok(count > 1000, `${count} messages`);
});

test('every prefix of a message is refused', (t) => {
  t.diagnostic(`TEST_SEED=${random.seed}`);
  for (const { what, frame, decode } of frames()) {
    const step = Math.max(1, Math.floor(frame.length / 100));
    for (let length = 0; length < frame.length; length += step) {
      assert.throws(() => decode(frame.subarray(0, length)), `${what} cut to ${length} of ${frame.length} bytes`);
    }
  }
});

test('garbage is refused or read, soon and without taking memory', (t) => {
  t.diagnostic(`TEST_SEED=${random.seed}`);
  for (const { frame, decode } of frames()) {
    for (let i = 0; i < 20; i++) {
      const garbage = Buffer.from(frame);
      for (let j = random.below(4); j >= 0; j--)
        garbage[random.below(garbage.length)] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
      try {
        decode(garbage);
      } catch (error) {
        assert.ok(error instanceof ProtocolError || error instanceof KafkaError, String(error));
      }
    }
  }
});

test('the request header has its old client id in all versions, and tags where it is flexible', () => {
  const old = encodeRequest('Heartbeat', 3, header, { groupId: 'g' });
  const oldHeader = '000c' + '0003' + '0000004d' + '0008' + '736c756963652d31';
  assert.equal(old.toString('hex'), '0000001d' + oldHeader + '000167' + '00000000' + '0000' + 'ffff');
  const flexible = encodeRequest('Heartbeat', 4, { correlationId: 1, clientId: null }, { groupId: 'g' });
  assert.equal(
    flexible.toString('hex'),
    '00000014' + '000c' + '0004' + '00000001' + 'ffff' + '00' + '0267' + '00000000' + '01' + '00' + '00',
  );
});

test('a response to ApiVersions has header 0 in every version, and comes in version 0 with error 35', () => {
  const frame = encodeResponse('ApiVersions', 4, 9, { apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }] });
  assert.equal(frame.toString('hex'), '00000013' + '00000009' + '0000' + '02' + '0012' + '0000' + '0004' + '00' + '00000000' + '00');
  const refused = encodeResponse('ApiVersions', 0, 9, { errorCode: 35, apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 3 }] });
  const { body } = decodeResponse('ApiVersions', 4, refused.subarray(4));
  assert.equal(body.errorCode, 35);
  assert.deepEqual(body.apiKeys, [{ apiKey: 18, minVersion: 0, maxVersion: 3 }]);
});

test('a request in a version that is not known can still be answered', () => {
  const frame = encodeRequest('ApiVersions', 4, header, {}).subarray(4);
  frame.writeInt16BE(9, 2);
  assert.throws(
    () => decodeRequest(frame),
    (error) => error instanceof KafkaError && error.errorName === 'UNSUPPORTED_VERSION',
  );
  assert.deepEqual(decodeRequestHeader(frame), { apiKey: 18, api: 'ApiVersions', version: 9, ...header });
  frame.writeInt16BE(999, 0);
  assert.equal(decodeRequestHeader(frame).api, null);
  assert.throws(() => decodeRequest(frame), /API key 999 is not known/);
});

test('omitted fields are the defaults of the definition', () => {
  const fetch = decodeRequest(encodeRequest('Fetch', 18, header, { topics: [{ partitions: [{}] }] }).subarray(4));
  assert.ok(fetch.api === 'Fetch');
  assert.equal(fetch.body.maxBytes, 0x7fffffff);
  assert.equal(fetch.body.sessionEpoch, -1);
  assert.equal(fetch.body.topics[0]?.topicId, zeroUuid);
  assert.equal(fetch.body.topics[0]?.partitions[0]?.highWatermark, 2n ** 63n - 1n);
  assert.deepEqual(fetch.body.replicaState, { replicaId: -1, replicaEpoch: -1 });
  assert.equal(fetch.body.clusterId, null);
});

test('empty topics of a Metadata request are not null', () => {
  const topics = (value: [] | null): unknown => {
    const decoded = decodeRequest(encodeRequest('Metadata', 12, header, { topics: value }).subarray(4));
    return decoded.api === 'Metadata' && decoded.body.topics;
  };
  assert.deepEqual(topics([]), []);
  assert.equal(topics(null), null);
  assert.throws(() => encodeRequest('Metadata', 0, header, { topics: null }), /MetadataRequest\.topics must be an array/);
});

test('a field that a version lacks throws when it is set, unless it may be ignored', () => {
  assert.throws(
    () => encodeRequest('Metadata', 1, header, { topics: null, allowAutoTopicCreation: false }),
    (error) => error instanceof KafkaError && error.errorName === 'UNSUPPORTED_VERSION' && error.message.includes('allowAutoTopicCreation'),
  );
  encodeRequest('Metadata', 1, header, { topics: null, allowAutoTopicCreation: true });
  encodeRequest('OffsetCommit', 2, header, { groupId: 'g', topics: [{ name: 't', partitions: [{ committedLeaderEpoch: 5 }] }] });
  assert.throws(() => encodeRequest('JoinGroup', 4, header, { groupInstanceId: 'static' }), /groupInstanceId at version 4/);
});

test('wrong values and misspelt fields are refused by name', () => {
  const encode = (body: unknown): Buffer => encodeRequest('Metadata', 12, header, body as never);
  assert.throws(() => encode({ topicz: [] }), /MetadataRequest has no field topicz/);
  assert.throws(() => encode({ topics: [{ nam: 'x' }] }), /MetadataRequest\.topics has no field nam/);
  assert.throws(() => encode({ topics: 'x' }), /MetadataRequest\.topics must be an array, not string of length 1/);
  assert.throws(() => encode({ topics: [{ topicId: 'short' }] }), /Not a UUID/);
  assert.throws(() => encode({ allowAutoTopicCreation: 1 }), /allowAutoTopicCreation must be a boolean, not 1/);
  assert.throws(
    () => encodeRequest('Produce', 9, header, { acks: 40000 }),
    /ProduceRequest\.acks must be an integer from -32768 to 32767, not 40000/,
  );
  assert.throws(() => encodeRequest('Produce', 9, header, { timeoutMs: 1.5 }), /timeoutMs/);
  assert.throws(
    () => encodeRequest('DeleteRecords', 2, header, { topics: [{ partitions: [{ offset: 2 ** 60 }] }] }),
    /offset must be a safe integer/,
  );
  assert.throws(() => encodeRequest('Heartbeat', 3, header, { groupId: 'g'.repeat(40_000) }), /longer than the 32767/);
  assert.throws(() => encodeRequest('Heartbeat', 4, header, { groupId: 'g'.repeat(40_000) }), /longer than the 32767/);
  assert.throws(() => encodeRequest('Metadata', 99, header, {}), /MetadataRequest has versions 0 to 13, not 99/);
  // What went wrong left nothing behind.
  assert.equal(decodeRequest(encode({ topics: [] }).subarray(4)).correlationId, 77);
});

test('tagged fields that are not known are left out', () => {
  const frame = encodeRequest('ApiVersions', 3, header, { clientSoftwareName: 'a', clientSoftwareVersion: 'b' });
  const tagged = Buffer.concat([frame.subarray(4, -1), Buffer.from([2, 7, 3, 1, 2, 3, 200, 1, 0])]);
  const { body } = decodeRequest(tagged);
  assert.deepEqual(body, { clientSoftwareName: 'a', clientSoftwareVersion: 'b' });
});

test('a count beyond the bytes that are left is refused before memory is taken', () => {
  const frame = encodeRequest('Metadata', 4, header, { topics: [] }).subarray(4);
  frame.writeInt32BE(0x7fffffff, frame.length - 5);
  assert.throws(() => decodeRequest(frame), /2147483647 elements in 1 bytes/);
});

test('messages beyond the shared memory, and after them, are whole', () => {
  const records = random.bytes(100_000);
  const small = encodeRequest('Heartbeat', 4, header, { groupId: 'before' });
  const big = encodeRequest('Produce', 9, header, { topicData: [{ name: 't', partitionData: [{ index: 1, records }] }] });
  const after = Array.from({ length: 2000 }, (_, i) => encodeRequest('Heartbeat', 4, header, { groupId: `group-${i}` }));
  const decoded = decodeRequest(big.subarray(4));
  assert.ok(decoded.api === 'Produce');
  assert.deepEqual(decoded.body.topicData[0]?.partitionData[0]?.records, records);
  for (const [i, frame] of after.entries())
    assert.equal((decodeRequest(frame.subarray(4)).body as { groupId: string }).groupId, `group-${i}`);
  assert.equal((decodeRequest(small.subarray(4)).body as { groupId: string }).groupId, 'before');
});

test('offsets beyond 2^53 are malformed, times asked for are not', () => {
  const timestamp = 2n ** 62n;
  const request = encodeRequest('ListOffsets', 7, header, { topics: [{ name: 't', partitions: [{ timestamp }] }] });
  const list = decodeRequest(request.subarray(4));
  assert.equal(list.api === 'ListOffsets' && list.body.topics[0]?.partitions[0]?.timestamp, timestamp);
  const offset = encodeRequest('DeleteRecords', 1, header, { topics: [{ name: 't', partitions: [{ offset: (2n ** 62n) as never }] }] });
  assert.throws(() => decodeRequest(offset.subarray(4)), /4611686018427387904 is out of the range/);
});

test('a consumer subscription of a newer version is read as the newest that is known', () => {
  const bytes = encodeMessage('ConsumerProtocolSubscription', 3, { topics: ['a'], rackId: 'r' });
  bytes.writeInt16BE(8, 0);
  const { version, body } = decodeMessage('ConsumerProtocolSubscription', Buffer.concat([bytes, Buffer.from('new fields')]));
  assert.equal(version, 8);
  assert.deepEqual(body, { topics: ['a'], userData: null, ownedPartitions: [], generationId: -1, rackId: 'r' });
});
