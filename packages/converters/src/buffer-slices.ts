/** Buffer's decoding methods that take positions: undocumented, as old as Node, and without the argument checks of `toString`. */
interface BufferSlices {
  utf8Slice(start: number, end: number): string;
  latin1Slice(start: number, end: number): string;
  ucs2Slice(start: number, end: number): string;
}

export function utf8Text(bytes: Buffer, start: number, end: number): string {
  return (bytes as Buffer & BufferSlices).utf8Slice(start, end);
}

export function latin1Text(bytes: Buffer, start: number, end: number): string {
  return (bytes as Buffer & BufferSlices).latin1Slice(start, end);
}

export function utf16Text(bytes: Buffer, start: number, end: number): string {
  return (bytes as Buffer & BufferSlices).ucs2Slice(start, end);
}
