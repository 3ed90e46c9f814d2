import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { discoverPlugins } from '../../src/plugins/discovery.ts';
import { modulePath } from '../../src/plugins/module-path.ts';
import type { PluginDescriptor, PluginType } from '../../src/plugins/plugin-descriptor.ts';
import { PluginLoader } from '../../src/plugins/plugin-loader.ts';
import { PluginRegistry, prunedName, simpleName } from '../../src/plugins/plugin-registry.ts';
import { compareVersions } from '../../src/plugins/plugin-version.ts';

const fixtures = join(import.meta.dirname, '../fixtures/plugins');
const warnings: string[] = [];
const warn = (message: string): void => void warnings.push(message);

const descriptor = (type: PluginType, name: string, more: Partial<PluginDescriptor> = {}): PluginDescriptor => ({
  type,
  class: name,
  aliases: [],
  version: '1.0.0',
  packageDir: '/nowhere',
  module: '.',
  export: 'default',
  location: 'classpath',
  ...more,
});

describe('discoverPlugins', () => {
  let root = '';
  const makePackage = async (path: string, version: string, plugins: unknown): Promise<void> => {
    await mkdir(join(root, path), { recursive: true });
    await writeFile(
      join(root, path, 'package.json'),
      JSON.stringify({ name: path, version, ...(plugins !== undefined && { sluice: { plugins } }) }),
    );
  };
  before(async () => (root = await mkdtemp(join(tmpdir(), 'sluice-plugins-'))));
  after(() => rm(root, { recursive: true }));

  it('reads the manifests of packages that come with the worker, and loads nothing', async () => {
    const plugins = await discoverPlugins({ packages: [fixtures], pluginPath: [], warn });
    assert.deepEqual(plugins[0], {
      type: 'sink',
      class: 'test.CountingSinkConnector',
      aliases: ['com.example.CounterSinkConnector'],
      version: '1.2.3',
      packageDir: fixtures,
      module: '.',
      export: 'countingSink',
      location: 'classpath',
    });
    assert.equal(plugins.length, 9);
  });

  it('refuses a package without manifest, and a wrong entry', async () => {
    await makePackage('plain', '1.0.0', undefined);
    await makePackage('wrong', '1.0.0', [{ type: 'sourc', class: 'x' }]);
    await assert.rejects(discoverPlugins({ packages: [join(root, 'plain')], pluginPath: [], warn }), /No plugin manifest in .*plain/);
    await assert.rejects(
      discoverPlugins({ packages: [join(root, 'wrong')], pluginPath: [], warn }),
      /Plugin 0 in .*wrong.*"type" must be one of source, sink/,
    );
  });

  it('finds a package, a folder of packages, and a node_modules folder with scopes and links on the plugin path', async () => {
    const plugin = (name: string) => [{ type: 'sink', class: name }];
    await makePackage('one', '1.0.0', plugin('test.One'));
    await makePackage('folder/two', '1.0.0', plugin('test.Two'));
    await makePackage('folder/not-a-plugin', '1.0.0', undefined);
    await makePackage('installed/node_modules/three', '1.0.0', plugin('test.Three'));
    await makePackage('installed/node_modules/@scope/four', '1.0.0', plugin('test.Four'));
    await makePackage('elsewhere', '1.0.0', plugin('test.Five'));
    await symlink(join(root, 'elsewhere'), join(root, 'installed/node_modules/five'));
    const pluginPath = ['one', 'folder', 'installed', 'missing'].map((name) => join(root, name));
    warnings.length = 0;
    const plugins = await discoverPlugins({ packages: [], pluginPath, warn });
    assert.deepEqual(
      plugins.map((found) => found.class),
      ['test.Five', 'test.Four', 'test.One', 'test.Three', 'test.Two'],
    );
    assert.equal(plugins[2]!.location, `file:${join(root, 'one')}/`);
    assert.equal(plugins[0]!.packageDir, join(root, 'elsewhere'));
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /missing, skipping it/);
  });

  it('skips a broken package of the plugin path and says why', async () => {
    await mkdir(join(root, 'broken'), { recursive: true });
    await writeFile(join(root, 'broken/package.json'), '{');
    warnings.length = 0;
    assert.deepEqual(await discoverPlugins({ packages: [], pluginPath: [join(root, 'broken')], warn }), []);
    assert.match(warnings[0]!, /Skipping .*broken.*package\.json/);
  });

  it('takes the highest version of a class, and at equal versions that of the plugin path', async () => {
    await makePackage('old', '1.9.0', [{ type: 'sink', class: 'test.Twice' }]);
    await makePackage('new', '1.10.0', [{ type: 'sink', class: 'test.Twice' }]);
    await makePackage('same', '1.10.0', [{ type: 'sink', class: 'test.Twice' }]);
    const find = async (packages: string[], pluginPath: string[]): Promise<string> => {
      const options = { packages: packages.map((name) => join(root, name)), pluginPath: pluginPath.map((name) => join(root, name)), warn };
      return (await discoverPlugins(options))[0]!.packageDir;
    };
    assert.equal(await find(['new'], ['old']), join(root, 'new'));
    assert.equal(await find(['old'], ['new']), join(root, 'new'));
    assert.equal(await find(['new'], ['same']), join(root, 'same'));
  });
});

describe('compareVersions', () => {
  it('orders as npm does', () => {
    const ordered = [
      '0.9',
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      '1.0.0',
      '1.2.0',
      '1.10.0+build',
    ];
    const shuffled = [...ordered].reverse();
    assert.deepEqual(shuffled.sort(compareVersions), ordered);
    assert.equal(compareVersions('1.0', '1.0.0'), 0);
  });
});

describe('PluginRegistry', () => {
  const registry = new PluginRegistry([
    descriptor('sink', 'org.apache.kafka.connect.file.FileStreamSinkConnector'),
    descriptor('source', 'org.apache.kafka.connect.file.FileStreamSourceConnector'),
    descriptor('converter', 'org.apache.kafka.connect.json.JsonConverter'),
    descriptor('header_converter', 'org.apache.kafka.connect.json.JsonConverter'),
    descriptor('transformation', 'org.apache.kafka.connect.transforms.InsertField$Value'),
    descriptor('transformation', 'org.apache.kafka.connect.transforms.HoistField$Value'),
    descriptor('sink', 'RedisSink', { aliases: ['com.example.RedisStreamsConnector'] }),
  ]);

  it('finds by full, simple and pruned name, case-sensitively', () => {
    for (const name of ['org.apache.kafka.connect.file.FileStreamSinkConnector', 'FileStreamSinkConnector', 'FileStreamSink']) {
      assert.equal(registry.find('sink', name)?.class, 'org.apache.kafka.connect.file.FileStreamSinkConnector', name);
      assert.equal(registry.connector(name).type, 'sink');
    }
    assert.equal(registry.find('converter', 'Json')?.type, 'converter');
    assert.equal(registry.find('header_converter', 'JsonConverter')?.type, 'header_converter');
    assert.equal(registry.find('sink', 'filestreamsink'), null);
    assert.equal(registry.find('source', 'FileStreamSink'), null);
  });

  it('finds by the further names of a manifest', () => {
    for (const name of ['RedisSink', 'com.example.RedisStreamsConnector', 'RedisStreamsConnector', 'RedisStreams']) {
      assert.equal(registry.connector(name).class, 'RedisSink', name);
    }
  });

  it('drops an alias that two classes claim', () => {
    assert.equal(registry.find('transformation', 'Value'), null);
    assert.ok(registry.find('transformation', 'org.apache.kafka.connect.transforms.InsertField$Value'));
  });

  it('says in the words of Connect that there is no such connector', () => {
    const one = new PluginRegistry([descriptor('sink', 'org.apache.kafka.connect.file.FileStreamSinkConnector')]);
    assert.throws(() => one.connector('Nope'), {
      message:
        'Failed to find any class that implements Connector and which name matches Nope, available connectors are: ' +
        "PluginDesc{klass=class org.apache.kafka.connect.file.FileStreamSinkConnector, name='org.apache.kafka.connect.file.FileStreamSinkConnector', " +
        "version='1.0.0', encodedVersion=1.0.0, type=sink, typeName='sink', location='classpath'}",
    });
  });

  it('refuses a simple name that two connectors have', () => {
    const two = new PluginRegistry([descriptor('sink', 'a.FooConnector'), descriptor('source', 'b.FooConnector')]);
    assert.throws(
      () => two.connector('FooConnector'),
      /^ConnectError: More than one connector matches alias FooConnector\. Please use full package and class name instead\. Classes found: PluginDesc\{klass=class a\.FooConnector, .*PluginDesc\{klass=class b\.FooConnector/,
    );
    assert.throws(() => two.connector('Foo'), /More than one connector matches alias Foo\./);
  });

  it('prunes at the last occurrence of the suffix, not at the start', () => {
    assert.equal(simpleName('a.b.Outer$Inner'), 'Inner');
    assert.equal(prunedName('x.FooConnectorX', 'sink'), 'Foo');
    assert.equal(prunedName('x.Connector', 'sink'), 'Connector');
    assert.equal(prunedName('x.SimpleHeaderConverter', 'header_converter'), 'Simple');
  });
});

describe('PluginLoader', () => {
  const load = async (): Promise<PluginLoader> =>
    new PluginLoader(new PluginRegistry(await discoverPlugins({ packages: [fixtures], pluginPath: [], warn })));

  it('imports the export of the exports subpath and knows its kind', async () => {
    const loader = await load();
    assert.equal((await loader.load('source', 'QuietSource')).kind, 'source');
    assert.equal((await loader.loadConnector('MisbehavingSource')).class, 'test.MisbehavingSourceConnector');
    assert.equal((await loader.load('header_converter', 'TextConverter')).kind, 'converter');
  });

  it('says what is wrong with a plugin that cannot be loaded', async () => {
    const loader = await load();
    await assert.rejects(
      loader.load('source', 'test.NoSuchExport'),
      /Failed to load plugin test\.NoSuchExport from the export 'nothing' of '\.' in .*: it is not a source plugin/,
    );
    await assert.rejects(loader.load('sink', 'test.WrongKind'), /it is not a sink plugin/);
    await assert.rejects(
      loader.load('converter', 'Nope'),
      /^NotFoundError: Failed to find any class that implements Converter and which name matches Nope/,
    );
  });
});

describe('modulePath', () => {
  it('resolves exports as an import does', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-exports-'));
    try {
      const path = async (json: unknown, subpath: string): Promise<string> => {
        await writeFile(join(dir, 'package.json'), JSON.stringify(json));
        return modulePath(dir, subpath).slice(dir.length + 1);
      };
      assert.equal(await path({}, '.'), 'index.js');
      assert.equal(await path({ main: 'lib/main.js' }, '.'), 'lib/main.js');
      assert.equal(await path({ main: 'lib/main.js' }, './x.js'), 'x.js');
      assert.equal(await path({ exports: './a.js' }, '.'), 'a.js');
      assert.equal(await path({ exports: { types: './a.d.ts', require: './a.cjs', default: './a.js' } }, '.'), 'a.js');
      assert.equal(await path({ exports: { '.': { node: { import: './n.js' } }, './b/*': './dist/*.js' } }, '.'), 'n.js');
      assert.equal(await path({ exports: { '.': './a.js', './b/*': './dist/*.js' } }, './b/c'), 'dist/c.js');
      await assert.rejects(path({ exports: './a.js' }, './b'), /does not export '\.\/b'/);
      await assert.rejects(path({ exports: { '.': './a.js', './b': null } }, './b'), /does not export/);
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});
