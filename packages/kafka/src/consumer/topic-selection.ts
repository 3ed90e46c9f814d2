import type { ConsumerClient } from './consumer-client.ts';
import type { ConsumerConfig } from './consumer-config.ts';

/** What to subscribe to: names, or a pattern that a whole name has to match, looked at again every `metadata.max.age.ms`. */
export type TopicsToSelect = { topics: readonly string[] } | { pattern: RegExp };

/** The topics of a subscription. For a pattern they follow what exists in the cluster. */
export class TopicSelection {
  readonly #client: ConsumerClient;
  readonly #config: ConsumerConfig;
  readonly #pattern: RegExp | null;
  readonly #now: () => number;
  #topics: readonly string[];
  #lookAgainAtMs = 0;
  #looking: Promise<void> | null = null;

  constructor(client: ConsumerClient, config: ConsumerConfig, selection: TopicsToSelect, now: () => number) {
    this.#client = client;
    this.#config = config;
    this.#now = now;
    this.#pattern = 'pattern' in selection ? wholeName(selection.pattern) : null;
    this.#topics = 'topics' in selection ? [...new Set(selection.topics)] : [];
  }

  get topics(): readonly string[] {
    return this.#topics;
  }

  get isPattern(): boolean {
    return this.#pattern !== null;
  }

  /** Whether the names are known: a pattern has to be looked up once. */
  get isReady(): boolean {
    return this.#pattern === null || this.#lookAgainAtMs > 0;
  }

  /** For a pattern whose time has come, asks for the topics in the background and calls `onChange` when they are others. */
  refresh(signal: AbortSignal, onChange: () => void, onError: (error: unknown) => void): void {
    if (this.#pattern === null || this.#looking !== null || this.#now() < this.#lookAgainAtMs) return;
    this.#looking = this.#look(this.#pattern, signal)
      .then((changed) => {
        if (changed) onChange();
      })
      .catch(onError)
      .finally(() => {
        this.#looking = null;
      });
  }

  async #look(pattern: RegExp, signal: AbortSignal): Promise<boolean> {
    const wasReady = this.isReady;
    const retryAtMs = this.#now() + this.#config.retryBackoffMaxMs;
    try {
      const topics = (await this.#client.metadata.list(signal)).filter((topic) => pattern.test(topic)).toSorted();
      this.#lookAgainAtMs = this.#now() + Math.max(1, this.#config.metadataAgeMaxMs);
      const changed = !wasReady || topics.length !== this.#topics.length || topics.some((topic, index) => topic !== this.#topics[index]);
      this.#topics = topics;
      return changed;
    } catch (error) {
      if (wasReady) this.#lookAgainAtMs = retryAtMs;
      throw error;
    }
  }
}

/** Without `g` and `y`, which make `test` remember where it was, and for whole names, as `Pattern.matcher(topic).matches()` in Java. */
function wholeName(pattern: RegExp): RegExp {
  return new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gy]/g, ''));
}
