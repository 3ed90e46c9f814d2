/** Bytes of a zigzag varint of a 32-bit integer. */
export function varintSize(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  return zigzag < 0x80 ? 1 : zigzag < 0x4000 ? 2 : zigzag < 0x20_0000 ? 3 : zigzag < 0x1000_0000 ? 4 : 5;
}

/** Writes a zigzag varint of a 32-bit integer and returns the position after it. */
export function writeVarint(buffer: Buffer, position: number, value: number): number {
  let zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  let at = position;
  while (zigzag > 0x7f) {
    buffer[at++] = (zigzag & 0x7f) | 0x80;
    zigzag >>>= 7;
  }
  buffer[at++] = zigzag;
  return at;
}

const int32Limit = 0x8000_0000;

export function isInt32(value: number): boolean {
  return value >= -int32Limit && value < int32Limit;
}

/** Bytes of a zigzag varlong of a safe integer. */
export function varlongSize(value: number): number {
  if (isInt32(value)) return varintSize(value);
  let size = 1;
  for (let zigzag = zigzag64(value) >> 7n; zigzag > 0n; zigzag >>= 7n) size++;
  return size;
}

/** Writes a zigzag varlong of a safe integer and returns the position after it. */
export function writeVarlong(buffer: Buffer, position: number, value: number): number {
  if (isInt32(value)) return writeVarint(buffer, position, value);
  let zigzag = zigzag64(value);
  let at = position;
  while (zigzag > 0x7fn) {
    buffer[at++] = Number(zigzag & 0x7fn) | 0x80;
    zigzag >>= 7n;
  }
  buffer[at++] = Number(zigzag);
  return at;
}

// Only for timestamps that lie more than 24 days apart within a batch.
function zigzag64(value: number): bigint {
  const long = BigInt(value);
  return (long << 1n) ^ (long >> 63n);
}
