import { ConnectError } from '@sluice/api';
import { readFile } from 'node:fs/promises';
import { parseProperties } from './java-properties.ts';

/** What `initial_state` may be, in any case. Source: CreateConnectorRequest.InitialState (KIP-980) */
const initialStates = { RUNNING: 'STARTED', PAUSED: 'PAUSED', STOPPED: 'STOPPED' } as const;

/** The target state that an `initial_state` stands for; undefined for another text. */
export function initialTargetState(text: string): 'STARTED' | 'PAUSED' | 'STOPPED' | undefined {
  const name = text.toUpperCase();
  return Object.hasOwn(initialStates, name) ? initialStates[name as keyof typeof initialStates] : undefined;
}

/** A connector as a file on the command line of a standalone worker gives it. */
export interface ConnectorFile {
  readonly name: string;
  readonly config: Readonly<Record<string, string | null>>;
  /** Null: STARTED. */
  readonly initialState: 'STARTED' | 'PAUSED' | 'STOPPED' | null;
}

/** Reads a connector file and finds out which of its three forms it has. Throws a ConnectError that names the file. */
export async function readConnectorFile(path: string): Promise<ConnectorFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new ConnectError(`Could not read the connector configuration '${path}': ${(error as Error).message}`, { cause: error });
  }
  return parseConnectorFile(path, text);
}

/**
 * A connector file is, in the order in which they are tried, (1) a JSON object of texts with a `name`, (2) JSON
 * `{name, config, initial_state}`, unknown members ignored, or (3) a properties file.
 *
 * Source: org.apache.kafka.connect.cli.ConnectStandalone.parseConnectorConfigurationFile
 */
export function parseConnectorFile(path: string, text: string): ConnectorFile {
  const json = jsonObject(text);
  const flat = json === null ? null : stringMap(json);
  if (flat !== null) return { name: nameOf(path, flat), config: flat, initialState: null };
  if (json !== null && typeof json['config'] === 'object' && json['config'] !== null) return createRequest(path, json);
  const config = parseProperties(text);
  return { name: nameOf(path, config), config, initialState: null };
}

function createRequest(path: string, json: Record<string, unknown>): ConnectorFile {
  const config = stringMap(json['config'] as Record<string, unknown>);
  if (config === null) throw new ConnectError(`The 'config' of the connector configuration at '${path}' holds something other than texts`);
  const name = json['name'];
  if (typeof name !== 'string') throw missingName(path);
  if (config['name'] !== undefined && config['name'] !== name) {
    throw new ConnectError(`Connector name configuration in 'config' doesn't match the one specified in 'name' at '${path}'`);
  }
  const state = json['initial_state'] ?? null;
  const initialState = state === null ? null : typeof state === 'string' ? initialTargetState(state) : undefined;
  if (initialState === undefined) {
    throw new ConnectError(`Invalid 'initial_state' ${JSON.stringify(state)} at '${path}': it must be one of RUNNING, PAUSED, STOPPED`);
  }
  return { name, config: { ...config, name }, initialState };
}

function jsonObject(text: string): Record<string, unknown> | null {
  try {
    // The source text of a number is its value: 1.50 stays 1.50.
    const parsed: unknown = JSON.parse(text.replace(/^\ufeff/, ''), (_key, value: unknown, context?: { source?: string }) =>
      typeof value === 'number' || typeof value === 'boolean' ? (context?.source ?? String(value)) : value,
    );
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function stringMap(json: Record<string, unknown>): Record<string, string | null> | null {
  return Object.values(json).every((value) => typeof value === 'string' || value === null) ? (json as Record<string, string | null>) : null;
}

function nameOf(path: string, config: Readonly<Record<string, string | null>>): string {
  const name = config['name'];
  if (typeof name !== 'string') throw missingName(path);
  return name;
}

function missingName(path: string): ConnectError {
  return new ConnectError(`Connector configuration at '${path}' is missing the mandatory 'name' configuration`);
}
