import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseProperties } from '../../src/config/java-properties.ts';

const cases: [what: string, text: string, expected: Record<string, string>][] = [
  ['separators', 'a=1\nb:2\nc 3\nd\t=\t4\ne   5', { a: '1', b: '2', c: '3', d: '4', e: '5' }],
  ['only the first separator counts', 'a==b\nb=:c\nurl=http://x:1?y=z', { a: '=b', b: ':c', url: 'http://x:1?y=z' }],
  ['comments and blank lines', '# x\n  ! y\n\n \t\na=1 # not a comment', { a: '1 # not a comment' }],
  ['continuations drop leading blanks', 'a=one,\\\n   two,\\\r\n\tthree\nb=1', { a: 'one,two,three', b: '1' }],
  ['a comment sign in a continuation is text', 'a=1\\\n#2', { a: '1#2' }],
  ['an even number of backslashes does not continue', 'a=1\\\\\nb=2', { a: '1\\', b: '2' }],
  ['escapes', 'a=\\t\\n\\r\\f\\q\\\\\\u00e4\\u20AC', { a: '\t\n\r\fq\\ä€' }],
  ['escapes in keys', 'a\\ b\\=c\\:d=1', { 'a b=c:d': '1' }],
  ['trailing blanks stay', 'a=1  \nb=2', { a: '1  ', b: '2' }],
  ['keys without a value', 'a\nb=\nc:', { a: '', b: '', c: '' }],
  ['the last of two counts', 'a=1\na=2', { a: '2' }],
  ['line ends of all systems, byte order mark', '\ufeffa=1\rb=2\r\nc=3\n', { a: '1', b: '2', c: '3' }],
  ['a continuation at the end', 'a=1\\', { a: '1' }],
];

for (const [what, text, expected] of cases) {
  test(`properties: ${what}`, () => {
    assert.deepEqual({ ...parseProperties(text) }, expected);
  });
}

test('properties: a broken unicode escape is an error', () => {
  assert.throws(() => parseProperties('a=\\u12'), /Malformed \\uxxxx encoding/);
});
