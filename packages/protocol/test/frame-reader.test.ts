import assert from 'node:assert/strict';
import test from 'node:test';
import { FrameReader } from '../src/index.ts';

function frame(...bytes: number[]): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(bytes.length, 0);
  return Buffer.concat([size, Buffer.from(bytes)]);
}

const stream = Buffer.concat([frame(1, 2, 3), frame(), frame(4), frame(5, 6, 7, 8, 9, 10)]);
const expected = ['010203', '', '04', '05060708090a'];

test('frames are the same at every pair of split points', () => {
  for (let first = 0; first <= stream.length; first++) {
    for (let second = first; second <= stream.length; second++) {
      const reader = new FrameReader({ maxBytes: 100 });
      const parts = [stream.subarray(0, first), stream.subarray(first, second), stream.subarray(second)];
      const frames = parts.flatMap((part) => reader.push(part));
      assert.deepEqual(
        frames.map((bytes) => bytes.toString('hex')),
        expected,
        `split at ${first} and ${second}`,
      );
      assert.equal(reader.isPartial, false);
    }
  }
});

test('frames come byte by byte', () => {
  const reader = new FrameReader({ maxBytes: 100 });
  const frames = [...stream].flatMap((byte) => reader.push(Buffer.from([byte])));
  assert.deepEqual(
    frames.map((bytes) => bytes.toString('hex')),
    expected,
  );
});

test('a frame in one chunk is not copied', () => {
  const [bytes] = new FrameReader({ maxBytes: 100 }).push(stream);
  assert.equal(bytes?.buffer, stream.buffer);
});

test('a large frame is put together from many chunks', () => {
  const body = Buffer.alloc(10_000_000);
  for (let i = 0; i < body.length; i += 997) body[i] = i;
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length, 0);
  const whole = Buffer.concat([size, body, frame(9)]);
  const reader = new FrameReader({ maxBytes: 20_000_000 });
  const frames: Buffer[] = [];
  for (let at = 0; at < whole.length; at += 65_536) {
    assert.equal(frames.length, 0);
    frames.push(...reader.push(whole.subarray(at, at + 65_536)));
  }
  assert.ok(frames[0]?.equals(body));
  assert.deepEqual(frames[1], Buffer.from([9]));
});

test('sizes that are negative or too large are refused', () => {
  assert.throws(() => new FrameReader({ maxBytes: 5 }).push(stream), /Invalid receive \(size = 6 larger than 5\)/);
  assert.throws(() => new FrameReader({ maxBytes: 5 }).push(Buffer.from([0xff, 0xff, 0xff, 0xff])), /Invalid receive \(size = -1\)/);
  // An HTTP client that came to the wrong port.
  assert.throws(() => new FrameReader({ maxBytes: 1 << 20 }).push(Buffer.from('GET / HTTP/1.1\r\n')), /Invalid receive/);
});

test('a stream that ends within a frame is known to be partial', () => {
  const reader = new FrameReader({ maxBytes: 5 });
  reader.push(Buffer.from([0, 0]));
  assert.equal(reader.isPartial, true);
});
