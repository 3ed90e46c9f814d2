/** Where the broker says what happens. It prints nothing itself. */
export interface BrokerLog {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export interface BrokerOptions {
  /** `host:port` to listen on. Default `127.0.0.1:9092`. Port 0 takes a free one; host `0.0.0.0` or `::` listens on every address. */
  listen?: string;
  /** Where the data is kept. `null` (default) takes a temporary directory that is removed at close. */
  dataDir?: string | null;
  /** Default: silence. */
  log?: BrokerLog;
  /** Broker properties in Kafka's spelling (`num.partitions`, `auto.create.topics.enable`, `log.retention.ms`, `advertised.listeners`, ...). */
  config?: Readonly<Record<string, string>>;
}

/** A broker that is up: it answered its own socket before this object was handed out. */
export interface RunningBroker {
  /** The advertised host, which clients connect to. */
  readonly host: string;
  readonly port: number;
  /** `host:port`, for `bootstrap.servers`. */
  readonly bootstrapServers: string;
  /** Kept in the data directory: the same after a restart. */
  readonly clusterId: string;
  /** Ends all connections, writes everything to disk and gives the data directory free. Calling it again waits for the same end. */
  close(): Promise<void>;
}

export const silentLog: BrokerLog = { debug() {}, info() {}, warn() {}, error() {} };
