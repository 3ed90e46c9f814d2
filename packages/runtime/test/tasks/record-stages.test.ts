import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { ConfigError, type RawConfig } from '@sluice/api';
import { discoverPlugins } from '../../src/plugins/discovery.ts';
import { PluginLoader } from '../../src/plugins/plugin-loader.ts';
import { PluginRegistry } from '../../src/plugins/plugin-registry.ts';
import { buildRecordStages } from '../../src/tasks/record-stages.ts';
import { SourcePipeline } from '../../src/tasks/source-pipeline.ts';

const fixtures = join(import.meta.dirname, '../fixtures/plugins');
const worker = {
  'key.converter': 'test.TextConverter',
  'key.converter.prefix': 'worker-',
  'value.converter': 'Text',
  'header.converter': 'TextConverter',
};

describe('buildRecordStages', () => {
  let plugins: PluginLoader;
  before(async () => {
    plugins = new PluginLoader(new PluginRegistry(await discoverPlugins({ packages: [fixtures], pluginPath: [], warn: assert.fail })));
  });

  /** What becomes of one record under that configuration. */
  const convert = async (connector: RawConfig, topic = 't'): Promise<(string | Uint8Array | null)[]> => {
    const pipeline = new SourcePipeline(await buildRecordStages(connector, worker, plugins));
    assert.equal(pipeline.run([{ topic, key: 'k', value: 'v' }], 0), 'converted', String(pipeline.failure?.error));
    return [pipeline.key, pipeline.value];
  };

  it("takes the worker's converters with the worker's settings", async () => {
    assert.deepEqual(await convert({ 'key.converter.prefix': 'ignored-' }), ['worker-key:k', 'value:v']);
  });

  it("takes the connector's converter with its own settings alone", async () => {
    assert.deepEqual(await convert({ 'key.converter': 'Text' }), ['key:k', 'value:v']);
    assert.deepEqual(await convert({ 'key.converter': 'Text', 'key.converter.prefix': 'own-' }), ['own-key:k', 'value:v']);
  });

  it('chains transformations in order, gated by predicates', async () => {
    const config = {
      transforms: 'a, b',
      'transforms.a.type': 'test.Suffix$Value',
      'transforms.a.suffix': '!',
      'transforms.a.times': '2',
      'transforms.b.type': 'test.Suffix$Value',
      'transforms.b.suffix': '?',
      'transforms.b.predicate': 'isT',
      predicates: 'isT',
      'predicates.isT.type': 'TopicIs',
      'predicates.isT.topic': 't',
    };
    assert.equal((await convert(config))[1], 'value:v!!?');
    assert.equal((await convert(config, 'u'))[1], 'value:v!!');
    assert.equal((await convert({ ...config, 'transforms.b.negate': 'TRUE' }))[1], 'value:v!!');
    assert.equal((await convert({ ...config, 'transforms.b.negate': 'yes' }))[1], 'value:v!!?');
  });

  it('refuses what is wrong in the words of Connect', async () => {
    const refuses = async (config: RawConfig, message: string): Promise<void> => {
      await assert.rejects(convert(config), (error: Error) => {
        assert.ok(error instanceof ConfigError);
        assert.equal(error.message, message);
        return true;
      });
    };
    await refuses({ 'value.converter': 'Nope' }, 'Invalid value Nope for configuration value.converter: Class Nope could not be found.');
    await refuses({ transforms: 'a,a' }, 'Invalid value [a, a] for configuration transforms: Duplicate alias provided.');
    await refuses({ transforms: 'a' }, 'Missing required configuration "transforms.a.type" which has no default value.');
    await refuses(
      { transforms: 'a', 'transforms.a.type': 'X' },
      'Invalid value X for configuration transforms.a.type: Class X could not be found.',
    );
    await refuses(
      { transforms: 'a', 'transforms.a.type': 'test.Suffix$Value', 'transforms.a.suffix': '!', 'transforms.a.negate': 'true' },
      "Config 'transforms.a.negate' was provided but there is no config 'transforms.a.predicate' defining a predicate to be negated.",
    );
    await refuses(
      { transforms: 'a', 'transforms.a.type': 'test.Suffix$Value', 'transforms.a.suffix': '!', 'transforms.a.predicate': 'p' },
      'Missing required configuration "predicates.p.type" which has no default value.',
    );
  });

  it('needs a header converter of its own where none is configured', async () => {
    await assert.rejects(
      buildRecordStages({}, { 'key.converter': 'Text', 'value.converter': 'Text' }, plugins),
      /Invalid value org\.apache\.kafka\.connect\.storage\.SimpleHeaderConverter for configuration header\.converter/,
    );
  });
});
