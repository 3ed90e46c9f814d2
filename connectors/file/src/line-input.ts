/** What has become of an input that has no bytes now. */
export type InputState =
  /** More may come. */
  | 'open'
  /** The same file has become shorter: its content starts anew. */
  | 'truncated'
  /** Another file has taken the name: this one is finished. */
  | 'rotated'
  /** Nothing will come any more. */
  | 'ended';

/** Where bytes come from. */
export interface LineInput {
  /** Reads into `buffer` and returns how many bytes; 0 where there are none now. */
  read(buffer: Buffer, offset: number, length: number): Promise<number>;
  /** To be asked after a read of 0 bytes. */
  state(): Promise<InputState>;
  close(): Promise<void>;
}
