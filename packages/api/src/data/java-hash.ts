/** Java's `String.hashCode`: a 32-bit integer. */
export function javaHash(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(31, hash) + text.charCodeAt(index)) | 0;
  return hash;
}

/**
 * Strings in the order in which Java's HashSet (and the keys of its HashMap) iterates: some messages and bytes of Java Connect have it.
 * Without duplicates. Buckets of more than eight strings, which Java turns into trees, keep the order of insertion here.
 */
export function javaSetOrder(items: Iterable<string>): string[] {
  const unique = [...new Set(items)];
  let capacity = 16;
  while (unique.length > capacity * 0.75) capacity *= 2;
  return inBuckets(unique, capacity);
}

/** Keys in the order in which a HashMap iterates that was made as a copy of another map: its table is just large enough. */
export function javaMapCopyOrder(keys: Iterable<string>): string[] {
  const unique = [...new Set(keys)];
  let capacity = 1;
  while (capacity < Math.floor(unique.length / 0.75 + 1)) capacity *= 2;
  return inBuckets(unique, capacity);
}

function inBuckets(unique: readonly string[], capacity: number): string[] {
  const bucket = (text: string): number => {
    const hash = javaHash(text);
    return (hash ^ (hash >>> 16)) & (capacity - 1);
  };
  return unique
    .map((text) => ({ text, bucket: bucket(text) }))
    .toSorted((a, b) => a.bucket - b.bucket)
    .map(({ text }) => text);
}
