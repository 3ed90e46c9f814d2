/** Bytes that are not what the protocol says, or a value that it cannot carry. Never retriable. */
export class ProtocolError extends Error {
  override readonly name: string = 'ProtocolError';
}
