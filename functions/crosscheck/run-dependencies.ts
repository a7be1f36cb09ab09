import type { FindingsMessage } from '../../schemas/run.ts';
import type { Settings } from '../../schemas/settings.ts';
import type { Snapshot } from '../../schemas/snapshot.ts';
import type { Database } from '../runtime/duckdb.ts';
import type { KeptFiles } from '../runtime/kept-files.ts';
import type { Evaluation } from './evaluation.ts';
import type { RunKeeper } from './run-keeper.ts';

/** A bucket as runs use it. Objects are written whole; the same object written twice is the same. */
export type Objects = {
  read(key: string): Promise<Buffer | undefined>;
  write(key: string, body: string, contentType: string): Promise<void>;
  fetchToFile(key: string, path: string): Promise<void>;
  storeFile(key: string, path: string, contentType: string): Promise<void>;
};

/** What it takes to do the steps of a run. */
export type RunDependencies = RunKeeper & {
  readonly lake: Objects;
  readonly exchange: Objects;
  /** Of the lake's files, those that never change. */
  readonly keptFiles: KeptFiles;
  readonly sendFindings: (messages: readonly FindingsMessage[]) => Promise<void>;
  /** The newest accepted snapshot of every feed that has one with data-as-of on or before the date. */
  readonly newestSnapshots: (asOf: string) => Promise<ReadonlyMap<string, Snapshot>>;
  /** Data-as-of of all accepted snapshots of a feed up to the date, newest first. */
  readonly snapshotDates: (feed: string, asOf: string) => Promise<readonly string[]>;
  /** Persons whose accepted exemption still holds on the date, in a fixed order: person_key. */
  readonly exemptPersons: (asOf: string) => Promise<readonly string[]>;
  readonly readSettings: () => Promise<Settings>;
  readonly secret: () => Promise<string>;
  readonly evaluation: Evaluation;
  readonly withWorkFolder: <T>(work: (folder: string, database: Database) => Promise<T>) => Promise<T>;
  /** UTC instant. */
  readonly now: () => string;
  /** Seconds of a clock that only runs forward. */
  readonly seconds: () => number;
  readonly peakMemoryMb: () => number;
  readonly measure: (metric: string, value: number) => void;
};
