/** The 32-bit murmur2 of Kafka's default partitioner, signed (org.apache.kafka.common.utils.Utils.murmur2). */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length;
  const multiplier = 0x5bd1e995;
  let hash = 0x9747b28c ^ length;
  const words = length & ~3;
  for (let i = 0; i < words; i += 4) {
    let word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    word = Math.imul(word, multiplier);
    word ^= word >>> 24;
    hash = Math.imul(hash, multiplier) ^ Math.imul(word, multiplier);
  }
  const rest = length & 3;
  if (rest === 3) hash ^= bytes[words + 2]! << 16;
  if (rest >= 2) hash ^= bytes[words + 1]! << 8;
  if (rest >= 1) hash = Math.imul(hash ^ bytes[words]!, multiplier);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, multiplier);
  return hash ^ (hash >>> 15);
}

/** Clears the sign bit, as the default partitioner does before it takes the remainder (Utils.toPositive). */
export function toPositive(hash: number): number {
  return hash & 0x7fff_ffff;
}
