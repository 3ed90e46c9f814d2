import { ConnectError, type RawConfig, sourceConnector, type SourceOffset, type SourcePartition } from '@sluice/api';
import { config, type FileStreamSourceConfig } from './file-stream-source-config.ts';
import { FileStreamSourceTask } from './file-stream-source-task.ts';

/** Offsets as the REST API sets them: a partition may be malformed, an offset may be a tombstone. */
interface OffsetChange {
  readonly partition: SourcePartition | null;
  readonly offset: SourceOffset | null;
}

function isStdin(file: string | null | undefined): boolean {
  return file === null || file === undefined || file === '';
}

/** Checks what only the connector can know of an offset. Whether the file is that long the task finds out when it starts. */
function checkOffset({ partition, offset }: OffsetChange): void {
  // A tombstone is allowed for anything, so that garbage can be cleaned up.
  if (offset === null) return;
  if (!Object.hasOwn(offset, 'position')) throw new ConnectError("Offset objects should either be null or contain the key 'position'");
  const { position } = offset;
  if (typeof position !== 'bigint' && !Number.isSafeInteger(position)) {
    throw new ConnectError("The value for the 'position' key in the offset is expected to be a Long value");
  }
  if ((position as number | bigint) < 0)
    throw new ConnectError("The value for the 'position' key in the offset should be a non-negative value");
  if (partition === null) throw new ConnectError('Partition objects cannot be null');
  if (!Object.hasOwn(partition, 'filename')) throw new ConnectError("Partition objects should contain the key 'filename'");
}

/**
 * Reads lines from a file, or from standard input, with one task.
 *
 * Source: org.apache.kafka.connect.file.FileStreamSourceConnector
 */
export const fileStreamSource = sourceConnector({
  class: 'org.apache.kafka.connect.file.FileStreamSourceConnector',
  aliases: ['FileStreamSource', 'FileStreamSourceConnector'],
  config,
  task: FileStreamSourceTask,

  connector({ config: { file }, log }) {
    if (isStdin(file)) log.warn("The configuration 'file' is not set: reading standard input. Set it to the path of a file to read that");
    else log.info(`Starting file source connector reading from ${file}`);
    // One file has one reader, whatever `tasks.max` allows.
    return { taskConfigs: () => [{}] };
  },

  exactlyOnceSupport: (settings: FileStreamSourceConfig) => (isStdin(settings.file) ? 'UNSUPPORTED' : 'SUPPORTED'),

  alterOffsets(settings: RawConfig, offsets: readonly OffsetChange[]): boolean {
    if (isStdin(settings['file'])) {
      throw new ConnectError(
        "Offsets cannot be modified if the 'file' configuration is unspecified. This is because stdin is used for input and offsets are not tracked.",
      );
    }
    for (const change of offsets) checkOffset(change);
    return true;
  },
});
