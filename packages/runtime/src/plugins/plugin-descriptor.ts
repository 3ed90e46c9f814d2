/** The kinds of plugin, in the words REST uses (`GET /connector-plugins?connectorsOnly=false`). */
export type PluginType = 'source' | 'sink' | 'converter' | 'header_converter' | 'transformation' | 'predicate';

export const pluginTypes: readonly PluginType[] = ['source', 'sink', 'converter', 'header_converter', 'transformation', 'predicate'];

/** The interface that a plugin of a type implements, as Kafka Connect's messages name it. */
export const pluginInterfaces: Readonly<Record<PluginType, string>> = {
  source: 'Connector',
  sink: 'Connector',
  converter: 'Converter',
  header_converter: 'HeaderConverter',
  transformation: 'Transformation',
  predicate: 'Predicate',
};

/**
 * What a manifest says about one plugin, enough to list it and to find it by name; nothing of it is loaded yet.
 * Plain data: it crosses between threads as it is.
 *
 * Source: org.apache.kafka.connect.runtime.isolation.PluginDesc
 */
export interface PluginDescriptor {
  readonly type: PluginType;
  /** The class name under which it is listed: the Java class where there is one. */
  readonly class: string;
  /** Further full names that find it; the simple and pruned names follow from `class` and need no entry. */
  readonly aliases: readonly string[];
  /** The version of the package that holds it. */
  readonly version: string;
  /** Absolute path of that package. */
  readonly packageDir: string;
  /** An exports subpath of that package, `.` or `./name`. */
  readonly module: string;
  /** The name of the export that is the plugin's spec. */
  readonly export: string;
  /** `classpath` for packages that come with the worker, else `file:<directory>/`. */
  readonly location: string;
}
