/**
 * Buffer's encoding methods that take positions. Node has them since long ago without documenting them; they save the
 * argument checks of `toString` and `write`, which cost more than the work itself on short strings.
 */
export interface FastBuffer extends Buffer {
  utf8Write(text: string, offset: number, length?: number): number;
  utf8Slice(start: number, end: number): string;
  base64urlWrite(text: string, offset: number, length?: number): number;
  base64urlSlice(start: number, end: number): string;
}

export function fast(buffer: Buffer): FastBuffer {
  return buffer as FastBuffer;
}
