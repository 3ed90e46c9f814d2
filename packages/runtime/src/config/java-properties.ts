/*
 * The text of a Java properties file:
 *
 *   file       = { natural line }
 *   logical    = natural line, joined with the next one while it ends with an odd number of `\` (leading white space of the next is dropped)
 *   comment    = blanks ( "#" | "!" ) …              only where a logical line begins
 *   entry      = blanks key [ blanks ] [ "=" | ":" ] [ blanks ] value
 *   key        = characters up to the first unescaped `=`, `:` or white space
 *   escape     = `\t` `\n` `\r` `\f` `\uXXXX`; any other escaped character stands for itself
 *
 * Source: java.util.Properties.load
 */

const lineEnd = /\r\n|\r|\n/;
const blank = /[ \t\f]/;
const leadingBlanks = /^[ \t\f]+/;
const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

/** The properties of a file's text; where a key is there twice, the last wins. Values keep their trailing blanks. Throws for a broken `\uXXXX`. */
export function parseProperties(text: string): Record<string, string> {
  const entries = new Map<string, string>();
  for (const line of logicalLines(text.startsWith('\ufeff') ? text.slice(1) : text)) {
    const [key, value] = splitEntry(line);
    entries.set(unescape(key), unescape(value));
  }
  // From entries, so that a key such as `__proto__` is a key like any other.
  return Object.fromEntries(entries);
}

function* logicalLines(text: string): Generator<string> {
  let pending: string | null = null;
  for (const natural of text.split(lineEnd)) {
    const line = natural.replace(leadingBlanks, '');
    if (pending === null && (line === '' || line[0] === '#' || line[0] === '!')) continue;
    const continues = endsWithOpenEscape(line);
    pending = (pending ?? '') + (continues ? line.slice(0, -1) : line);
    if (continues) continue;
    if (pending !== '') yield pending;
    pending = null;
  }
  if (pending !== null && pending !== '') yield pending;
}

function endsWithOpenEscape(line: string): boolean {
  let backslashes = 0;
  while (line[line.length - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}

function splitEntry(line: string): [key: string, value: string] {
  let end = 0;
  while (end < line.length && !isSeparator(line[end]!)) end += line[end] === '\\' ? 2 : 1;
  let start = skipBlanks(line, end);
  if (line[start] === '=' || line[start] === ':') start = skipBlanks(line, start + 1);
  return [line.slice(0, end), line.slice(start)];
}

function isSeparator(character: string): boolean {
  return character === '=' || character === ':' || blank.test(character);
}

function skipBlanks(line: string, from: number): number {
  let at = from;
  while (at < line.length && blank.test(line[at]!)) at++;
  return at;
}

function unescape(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(?:u([^]{0,4})|([^]?))/g, (_, hex: string | undefined, character: string | undefined) => {
    if (hex === undefined) return escapes[character!] ?? character!;
    if (!/^[0-9a-fA-F]{4}$/.test(hex))
      throw new Error(`Malformed \\uxxxx encoding: "\\u${hex}" is not followed by four hexadecimal digits.`);
    return String.fromCharCode(Number.parseInt(hex, 16));
  });
}
