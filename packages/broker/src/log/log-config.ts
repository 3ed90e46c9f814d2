/** What a partition's log goes by; made from the topic's configuration. */
export interface LogConfig {
  segmentBytes: number;
  segmentMs: number;
  indexIntervalBytes: number;
  /** After so many messages the log is written through to disk before they are acknowledged. 2^63 − 1 (never) by default: the operating system writes. */
  flushMessages: number;
  /** How long a message may stay in memory only. */
  flushMs: number;
  /** −1: for ever. */
  retentionMs: number;
  /** −1: without limit. */
  retentionBytes: number;
  isDeletePolicy: boolean;
  isCompactPolicy: boolean;
  maxMessageBytes: number;
  isLogAppendTime: boolean;
  timestampBeforeMaxMs: number;
  timestampAfterMaxMs: number;
}
