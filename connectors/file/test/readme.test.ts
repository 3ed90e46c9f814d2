import { fileStreamSink, fileStreamSource } from '@sluice/connector-file';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const packageUrl = (path: string): URL => new URL(`../${path}`, import.meta.url);

test('the tables of the README say what the definitions say', () => {
  const readme = readFileSync(packageUrl('README.md'), 'utf8').replaceAll(/ +/g, ' ');
  for (const { keys } of [fileStreamSource.config, fileStreamSink.config]) {
    for (const key of keys) {
      const value = key.required ? 'required' : String(key.default_value);
      assert.ok(
        readme.includes(`| \`${key.name}\` | ${key.type.toLowerCase()} | ${value} | ${key.documentation} |`),
        `the line of ${key.name}`,
      );
    }
  }
});

test('the manifest names what is exported', async () => {
  interface Entry {
    readonly class: string;
    readonly aliases: readonly string[];
    readonly module: string;
    readonly export: string;
    readonly type: string;
  }
  const manifest = JSON.parse(readFileSync(packageUrl('package.json'), 'utf8')) as { sluice: { plugins: Entry[] } };
  assert.equal(manifest.sluice.plugins.length, 2);
  for (const entry of manifest.sluice.plugins) {
    const module = (await import(`@sluice/connector-file${entry.module.slice(1)}`)) as Record<
      string,
      typeof fileStreamSink | typeof fileStreamSource
    >;
    const spec = module[entry.export]!;
    assert.equal(spec.kind, entry.type);
    assert.equal(spec.class, entry.class);
    assert.deepEqual(spec.aliases, entry.aliases);
  }
});
