/** One login module with its options, as in `sasl.jaas.config`. */
export interface JaasEntry {
  readonly loginModule: string;
  readonly options: Readonly<Record<string, string>>;
}

/** What is wrong with a JAAS text. The message shows no option's value. */
export class JaasSyntaxError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'JaasSyntaxError';
  }
}

const controlFlags = ['REQUIRED', 'REQUISITE', 'SUFFICIENT', 'OPTIONAL'];

/**
 * Reads the one entry of a `sasl.jaas.config`.
 *
 *     entry  = module flag *( name "=" value ) ";"
 *     value  = word | quoted
 *     word   = letter *( letter | digit | "." | "-" | "_" | "$" )
 *     quoted = `"` *( char | escape ) `"` | `'` *( char | escape ) `'`     ; on one line
 *
 * Comments are those of Java. Source: org.apache.kafka.common.security.JaasConfig, JaasContext.load
 */
export function parseJaasConfig(text: string): JaasEntry {
  const tokens = tokenize(text);
  const entries: JaasEntry[] = [];
  let position = 0;
  while (position < tokens.length) {
    const { entry, next } = parseEntry(tokens, position);
    entries.push(entry);
    position = next;
  }
  if (entries.length === 0) throw new JaasSyntaxError('Login module not specified in JAAS config');
  if (entries.length > 1) throw new JaasSyntaxError(`JAAS config property contains ${entries.length} login modules, should be 1 module`);
  return entries[0]!;
}

/** A word or quoted text has a value; a number or a sign has none, as in Java's StreamTokenizer. */
interface Token {
  readonly value: string | null;
  readonly sign: string | null;
}

function parseEntry(tokens: readonly Token[], start: number): { entry: JaasEntry; next: number } {
  const loginModule = tokens[start]!.value;
  if (loginModule === null) throw new JaasSyntaxError('Login module not specified in JAAS config');
  const flag = tokens[start + 1];
  if (flag === undefined) throw new JaasSyntaxError('Login module control flag not specified in JAAS config');
  if (flag.value === null || !controlFlags.includes(flag.value.toUpperCase())) {
    throw new JaasSyntaxError(`Invalid login module control flag '${flag.value}' in JAAS config`);
  }
  const options: Record<string, string> = {};
  let position = start + 2;
  for (; position < tokens.length && tokens[position]!.sign !== ';'; position += 3) {
    const name = tokens[position]!.value;
    const value = tokens[position + 2]?.value ?? null;
    if (name === null || tokens[position + 1]?.sign !== '=' || value === null) {
      throw new JaasSyntaxError(
        `Value not specified for key '${name}' in JAAS config (a value that is not a plain word needs double quotes)`,
      );
    }
    options[name] = value;
  }
  if (position >= tokens.length) throw new JaasSyntaxError('JAAS config entry not terminated by semi-colon');
  return { entry: { loginModule, options }, next: position + 1 };
}

const tokenPattern =
  /(?<space>[\0- ]+|\/\/[^\r\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<number>-?(?:\d+\.?\d*|\.\d+))|(?<word>[A-Za-z_$\-\u00a0-\uffff][\w.$\-\u00a0-\uffff]*)|"(?<double>(?:\\.|[^"\\\r\n])*)"?|'(?<single>(?:\\.|[^'\\\r\n])*)'?|(?<sign>[^])/gy;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(tokenPattern)) {
    const groups = match.groups!;
    if (groups['space'] !== undefined) continue;
    const quoted = groups['double'] ?? groups['single'];
    if (quoted !== undefined) tokens.push({ value: unescape(quoted), sign: null });
    else tokens.push({ value: groups['word'] ?? null, sign: groups['sign'] ?? null });
  }
  return tokens;
}

const escapes: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

function unescape(quoted: string): string {
  return quoted.replace(/\\([0-3]?[0-7]{1,2}|[^])/g, (_all, code: string) =>
    /^[0-7]+$/.test(code) ? String.fromCharCode(Number.parseInt(code, 8)) : (escapes[code] ?? code),
  );
}
