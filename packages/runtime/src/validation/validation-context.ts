import type { RawConfig } from '@sluice/api';
import type { PluginLoader } from '../plugins/plugin-loader.ts';

/** What validation needs of the thread it runs on. */
export interface ValidationContext {
  /** The worker's properties as they stand in its file. */
  readonly worker: RawConfig;
  /** Finds and loads plugins on that thread. */
  readonly plugins: PluginLoader;
}
