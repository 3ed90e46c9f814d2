import {
  boolean,
  converter,
  defineConfig,
  int,
  predicate,
  sinkConnector,
  SinkTask,
  sourceConnector,
  SourceTask,
  string,
  transformation,
} from '@sluice/api';
import type { PluginDescriptor, PluginType } from '../../src/plugins/plugin-descriptor.ts';
import { PluginLoader } from '../../src/plugins/plugin-loader.ts';
import { PluginRegistry } from '../../src/plugins/plugin-registry.ts';

class NoSourceTask extends SourceTask<unknown> {
  async poll(): Promise<null> {
    return null;
  }
}

class NoSinkTask extends SinkTask<unknown> {
  put(): void {
    // takes everything
  }
}

const json = converter({
  class: 'org.apache.kafka.connect.json.JsonConverter',
  config: defineConfig({ 'schemas.enable': boolean({ default: true, group: 'Schemas', importance: 'high' }) }),
  create: () => {
    throw new Error('not used');
  },
});

/** Plugins that do nothing, named as those of Kafka Connect. */
const exports: Record<string, unknown> = {
  source: sourceConnector({
    class: 'org.apache.kafka.connect.file.FileStreamSourceConnector',
    config: defineConfig({
      file: string({ default: null, importance: 'high' }),
      topic: string({ importance: 'high' }),
      'batch.size': int({ default: 2000, importance: 'low' }),
    }),
    task: NoSourceTask,
  }),
  sink: sinkConnector({
    class: 'org.apache.kafka.connect.file.FileStreamSinkConnector',
    config: defineConfig({ file: string({ default: null, importance: 'high' }) }),
    task: NoSinkTask,
  }),
  json: { ...json, createHeader: () => undefined },
  hoist: transformation({
    class: 'org.apache.kafka.connect.transforms.HoistField$Value',
    config: defineConfig({ field: string() }),
    create: () => ({ apply: (record) => record }),
  }),
  router: transformation({
    class: 'org.apache.kafka.connect.transforms.RegexRouter',
    config: defineConfig({ regex: string(), replacement: string() }),
    create: () => ({ apply: (record) => record }),
  }),
  tombstone: predicate({
    class: 'org.apache.kafka.connect.transforms.predicates.RecordIsTombstone',
    config: defineConfig({}),
    create: () => ({ test: () => false }),
  }),
};

function descriptor(type: PluginType, name: string, exported: string): PluginDescriptor {
  return { type, class: name, aliases: [], version: '1.2.3', packageDir: '/plugins', module: '.', export: exported, location: 'classpath' };
}

export const descriptors: readonly PluginDescriptor[] = [
  descriptor('sink', 'org.apache.kafka.connect.file.FileStreamSinkConnector', 'sink'),
  descriptor('source', 'org.apache.kafka.connect.file.FileStreamSourceConnector', 'source'),
  descriptor('converter', 'org.apache.kafka.connect.json.JsonConverter', 'json'),
  descriptor('header_converter', 'org.apache.kafka.connect.json.JsonConverter', 'json'),
  descriptor('transformation', 'org.apache.kafka.connect.transforms.HoistField$Value', 'hoist'),
  descriptor('transformation', 'org.apache.kafka.connect.transforms.RegexRouter', 'router'),
  descriptor('predicate', 'org.apache.kafka.connect.transforms.predicates.RecordIsTombstone', 'tombstone'),
];

export const registry: PluginRegistry = new PluginRegistry(descriptors);

/** A loader that finds the specs above instead of a module on the disk. */
export class TestPluginLoader extends PluginLoader {
  constructor() {
    super(registry, async () => exports);
  }

  override async loadDescriptor(plugin: PluginDescriptor): ReturnType<PluginLoader['loadDescriptor']> {
    return exports[plugin.export] as Awaited<ReturnType<PluginLoader['loadDescriptor']>>;
  }
}

export const workerProps: Readonly<Record<string, string>> = {
  'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter': 'Json',
  'header.converter': 'org.apache.kafka.connect.json.JsonConverter',
};
