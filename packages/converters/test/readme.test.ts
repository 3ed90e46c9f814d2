import { jsonConverter, stringConverter } from '@sluice/converters';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

test('the tables of the README say what the definitions say', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8').replaceAll(/ +/g, ' ');
  for (const { keys } of [jsonConverter.config, stringConverter.config]) {
    for (const key of keys) {
      assert.ok(
        readme.includes(`| \`${key.name}\` | ${key.type.toLowerCase()} | ${String(key.default_value)} | ${key.documentation} |`),
        `the line of ${key.name}`,
      );
    }
  }
});
