/** What logic asks of the world beside tables: given as arguments, so that the simulator can stand in for all of it. */
export type Clock = () => Date;

/** A queue. What is sent may come twice, and in any order. */
export type Sender = {
  /** @param delaySeconds At most 900. */
  send(bodies: readonly unknown[], delaySeconds?: number): Promise<void>;
};

/** From 0 to just under 1, each value equally likely. */
export type Random = () => number;

export type Pause = (milliseconds: number) => Promise<void>;

/** Counts for the alarms. */
export type Measure = (metric: string, value: number) => void;

/** One HTTPS POST. */
export type Transport = (request: TransportRequest) => Promise<TransportAnswer>;

export type TransportRequest = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Private ranges that the administrator has allowed, such as `10.20.0.0/16`. */
  readonly allowedRanges: readonly string[];
  /** For everything: name, connection, request and the whole answer. */
  readonly timeoutMs: number;
};

/** Why there is no answer. */
export type TransportFault =
  /** Not https, or no address at all. */
  | 'bad-url'
  /** The name leads to an address that is not allowed. */
  | 'forbidden-address'
  | 'unknown-name'
  | 'no-connection'
  | 'bad-certificate'
  | 'timeout'
  /** What came is no HTTP. */
  | 'bad-answer';

export type TransportAnswer = { readonly milliseconds: number } & (
  | {
      readonly status: number;
      /** As sent. */
      readonly retryAfter?: string | undefined;
      /** Up to 64 kB; what is beyond was not read. */
      readonly body: Uint8Array;
      readonly cut: boolean;
      readonly fault?: undefined;
    }
  | { readonly fault: TransportFault }
);
