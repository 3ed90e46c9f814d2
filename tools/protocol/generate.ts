/**
 * Writes packages/protocol/src/generated from Kafka's own message definitions.
 *
 * Usage: node tools/protocol/generate.ts PATH/kafka-clients-4.3.1.jar
 * Fetch the jar with: mvn dependency:copy -Dartifact=org.apache.kafka:kafka-clients:4.3.1 -DoutputDirectory=DIR
 * Needs the `unzip` command. Run `oxfmt packages/protocol/src/generated` afterwards.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { apiNames, dataNames, int64Beyond2To53 } from './selection.ts';
import { parseDefinition, type Definition, type Field } from './definition.ts';
import { covers, intersect, versionsText, type Versions } from './versions.ts';

function readDefinition(jar: string, name: string): Definition {
  const text = execFileSync('unzip', ['-p', jar, `common/message/${name}.json`], { encoding: 'utf8', maxBuffer: 16 << 20 });
  return parseDefinition(text, name);
}

// ---- the tables -------------------------------------------------------------------------------------------------------

/** One line for each field; the grammar is described in packages/protocol/src/schema.ts, which reads it. */
function tableLines(fields: Field[], around: Versions, depth: number, path: string): string[] {
  const lines: string[] = [];
  for (const field of fields) {
    const versions = intersect(field.versions, around);
    if (versions === null) continue;
    const parts = [field.name, fieldType(field, versions, path)];
    if (field.default !== undefined) parts.push(`=${field.default}`);
    if (field.tag !== undefined) parts.push(`#${field.tag}`);
    if (!covers(versions, around)) parts.push(`@${versionsText(versions, around)}`);
    if (field.ignorable) parts.push('~');
    lines.push(' '.repeat(depth) + parts.join(' '));
    if (field.fields !== undefined) lines.push(...tableLines(field.fields, versions, depth + 1, `${path}.${field.name}`));
  }
  return lines;
}

function fieldType(field: Field, versions: Versions, path: string): string {
  let base = field.fields === undefined ? field.type : 'struct';
  if (base === 'int64' && int64Beyond2To53.has(`${path}.${field.name}`)) base = 'long';
  const nullable = field.nullable === null ? null : intersect(field.nullable, versions);
  const question = nullable === null ? '' : covers(nullable, versions) ? '?' : `?${versionsText(nullable, versions)}`;
  return (field.isArray ? '[]' : '') + base + question;
}

function messagesFile(apis: { name: string; request: Definition; response: Definition }[], data: Definition[]): string {
  const out = [header, "import type { ApiInfo, ApiName, MessageName } from './types.ts';\n"];
  out.push('/** Key and versions of each API, as in the definitions. A broker may know fewer: intersect for each connection. */');
  out.push('export const apis: Readonly<Record<ApiName, ApiInfo>> = {');
  for (const { name, request } of apis) {
    const { versions, flexibleFrom } = request;
    out.push(
      `  ${name}: { key: ${request.apiKey}, minVersion: ${versions.min}, maxVersion: ${versions.max}, flexibleFrom: ${flexibleFrom} },`,
    );
  }
  out.push('};\n');
  const tables: [string, Definition[]][] = [
    ['requests', apis.map((api) => api.request)],
    ['responses', apis.map((api) => api.response)],
  ];
  for (const [what, list] of tables) {
    out.push(`/** The fields of the ${what}, read at their first use. */`);
    out.push(`export const ${what}: Readonly<Record<ApiName, string>> = {`);
    for (const [i, definition] of list.entries()) out.push(`  ${apis[i]!.name}: \`${tableText(definition)}\`,`);
    out.push('};\n');
  }
  out.push('/** Messages that travel inside of others, after two bytes of version. */');
  out.push('export const messages: Readonly<Record<MessageName, { minVersion: number; maxVersion: number; fields: string }>> = {');
  for (const definition of data) {
    const { min, max } = definition.versions;
    out.push(`  ${definition.name}: { minVersion: ${min}, maxVersion: ${max}, fields: \`${tableText(definition)}\` },`);
  }
  out.push('};\n');
  return out.join('\n');
}

function tableText(definition: Definition): string {
  const lines = tableLines(definition.fields, definition.versions, 0, definition.name);
  return lines.length === 0 ? '' : `\n${lines.join('\n')}\n`;
}

// ---- the types --------------------------------------------------------------------------------------------------------

const typeScriptTypes: Record<string, string> = {
  bool: 'boolean',
  string: 'string',
  uuid: 'string',
  bytes: 'Buffer',
  records: 'Buffer',
};

function interfaces(definition: Definition): string[] {
  const out: string[] = [];
  const add = (name: string, fields: Field[], around: Versions, path: string): void => {
    const lines: string[] = [];
    for (const field of fields) {
      const versions = intersect(field.versions, around);
      if (versions === null) continue;
      let type = typeScriptTypes[field.type] ?? 'number';
      if (int64Beyond2To53.has(`${path}.${field.name}`)) type = 'number | bigint';
      if (field.fields !== undefined) {
        type = field.type.startsWith(definition.name) ? field.type : definition.name + field.type;
        add(type, field.fields, versions, `${path}.${field.name}`);
      }
      if (field.isArray) type = type.includes('|') ? `(${type})[]` : `${type}[]`;
      if (field.nullable !== null && intersect(field.nullable, versions) !== null) type += ' | null';
      const about = covers(versions, around) ? '' : ` // ${versionsText(versions, around)}`;
      lines.push(`  ${field.name}: ${type};${about}`);
    }
    // A common struct is used at several places of one message.
    const text = lines.length === 0 ? `export type ${name} = object;\n` : `export interface ${name} {\n${lines.join('\n')}\n}\n`;
    if (!out.includes(text)) out.push(text);
  };
  add(definition.name, definition.fields, definition.versions, definition.name);
  return out;
}

function typesFile(apis: { name: string; request: Definition; response: Definition }[], data: Definition[]): string {
  const out = [header];
  out.push('/** Versions are inclusive; `flexibleFrom` is Infinity for an API that has no flexible version. */');
  out.push('export interface ApiInfo { key: number; minVersion: number; maxVersion: number; flexibleFrom: number }\n');
  out.push(`export type ApiName = ${apis.map((api) => `'${api.name}'`).join(' | ')};\n`);
  out.push('export interface Requests {', ...apis.map(({ name }) => `  ${name}: ${name}Request;`), '}\n');
  out.push('export interface Responses {', ...apis.map(({ name }) => `  ${name}: ${name}Response;`), '}\n');
  out.push(`export type MessageName = ${data.map(({ name }) => `'${name}'`).join(' | ')};\n`);
  out.push('export interface Messages {', ...data.map(({ name }) => `  ${name}: ${name};`), '}\n');
  for (const { request, response } of apis) out.push(...interfaces(request), ...interfaces(response));
  for (const definition of data) out.push(...interfaces(definition));
  return out.join('\n');
}

const header = "// Generated by tools/protocol/generate.ts from Apache Kafka's message definitions. Do not edit.\n";

function main(jar: string | undefined): void {
  if (jar === undefined) throw new Error('Usage: node tools/protocol/generate.ts PATH/kafka-clients-VERSION.jar');
  const loaded = apiNames.map((name) => {
    const request = readDefinition(jar, `${name}Request`);
    const response = readDefinition(jar, `${name}Response`);
    // The response's file does not say that its newest version is unstable.
    response.versions = intersect(response.versions, request.versions) ?? request.versions;
    return { name, request, response };
  });
  loaded.sort((a, b) => a.request.apiKey - b.request.apiKey);
  const data = dataNames.map((name) => readDefinition(jar, name));
  const target = (file: string): string => fileURLToPath(new URL(`../../packages/protocol/src/generated/${file}`, import.meta.url));
  writeFileSync(target('messages.ts'), messagesFile(loaded, data));
  writeFileSync(target('types.ts'), typesFile(loaded, data));
}

main(process.argv[2]);
