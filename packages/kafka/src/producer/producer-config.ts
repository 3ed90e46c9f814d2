import type { CompressionType } from '@sluice/protocol';
import type { ClientSettings } from '../settings/client-settings.ts';

/** What the producer's parts need of the settings, in their own types. Times in milliseconds, sizes in bytes. */
export interface ProducerConfig {
  acks: -1 | 0 | 1;
  batchBytes: number;
  lingerMs: number;
  bufferBytes: number;
  compression: CompressionType;
  compressionLevel: number | null;
  requestBytesMax: number;
  inFlightRequestsMax: number;
  isIdempotent: boolean;
  /** The user wrote `enable.idempotence=true`: then it is never given up in silence. */
  isIdempotenceExplicit: boolean;
  transactionTimeoutMs: number;
  deliveryTimeoutMs: number;
  requestTimeoutMs: number;
  maxBlockMs: number;
  retries: number;
  retryBackoffMs: number;
  retryBackoffMaxMs: number;
  ignoreKeys: boolean;
}

const acksByText: Record<string, -1 | 0 | 1> = { all: -1, '-1': -1, '0': 0, '1': 1 };

/** Source: org.apache.kafka.clients.producer.ProducerConfig */
export function producerConfig(settings: ClientSettings): ProducerConfig {
  const compression = settings.get('compression.type') as CompressionType;
  return {
    acks: acksByText[settings.get('acks')] ?? -1,
    batchBytes: settings.get('batch.size'),
    lingerMs: settings.get('linger.ms'),
    bufferBytes: settings.get('buffer.memory'),
    compression,
    compressionLevel: compressionLevel(settings, compression),
    requestBytesMax: settings.get('max.request.size'),
    inFlightRequestsMax: settings.get('max.in.flight.requests.per.connection'),
    isIdempotent: settings.get('enable.idempotence'),
    isIdempotenceExplicit: settings.isSet('enable.idempotence'),
    transactionTimeoutMs: settings.get('transaction.timeout.ms'),
    deliveryTimeoutMs: settings.get('delivery.timeout.ms'),
    requestTimeoutMs: settings.get('request.timeout.ms'),
    maxBlockMs: settings.get('max.block.ms'),
    retries: settings.get('retries'),
    retryBackoffMs: settings.get('retry.backoff.ms'),
    retryBackoffMaxMs: settings.get('retry.backoff.max.ms'),
    ignoreKeys: settings.get('partitioner.ignore.keys'),
  };
}

function compressionLevel(settings: ClientSettings, compression: CompressionType): number | null {
  if (compression === 'gzip') return settings.get('compression.gzip.level');
  if (compression === 'zstd') return settings.get('compression.zstd.level');
  if (compression === 'lz4') return settings.get('compression.lz4.level');
  return null;
}
