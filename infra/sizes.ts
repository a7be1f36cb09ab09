/** Memory, scratch space, time and parallelism of every function: the only place where they are said. */
export type Size = {
  /** Megabytes; a Lambda's share of processors grows with it (1,769 MB = one). */
  readonly memoryMb: number;
  /** Of that, what DuckDB may use before it spills to scratch space. Absent: the function opens no database. */
  readonly duckdbMb?: number;
  /** DuckDB's threads, 2 unless said otherwise. */
  readonly duckdbThreads?: number;
  /** Scratch space in /tmp, megabytes: 512 to 10,240. */
  readonly scratchMb: number;
  readonly timeoutSeconds: number;
  /** How many of it run at once when a queue feeds it (AWS: 2 to 1,000). */
  readonly concurrency?: number;
  /** A patient at a counter waits for it: an embedded hub that stays up keeps an instance of it loaded. */
  readonly warm?: true;
};

export const sizes = {
  /**
   * The largest delivery is 2 GB unpacked: it is on disk up to three times (as sent, as UTF-8, as Parquet). Its tables
   * spill beyond what DuckDB may use, so that twice the rows take longer, but hardly more memory: 2.1 million persons
   * take 993 MB and 9.7 s of one process with 500 MB, 1,287 MB and 7.1 s with 900 (1.05 million: 3.5 s and 3.3 s).
   */
  receiveFile: { memoryMb: 3008, duckdbMb: 500, scratchMb: 10_240, timeoutSeconds: 900, concurrency: 2 },
  failFile: { memoryMb: 512, duckdbMb: 100, scratchMb: 512, timeoutSeconds: 60, concurrency: 2 },
  /** Many tasks at once with a thread each get more done than few with several. */
  crosscheck: {
    memoryMb: 1769,
    duckdbMb: 700,
    duckdbThreads: 1,
    scratchMb: 4_096,
    timeoutSeconds: 120,
    concurrency: 2,
  },
  /** One person's rows of one file; what the instance has read before it need not fetch again. */
  lookUpPerson: { memoryMb: 1024, duckdbMb: 200, duckdbThreads: 1, scratchMb: 2_048, timeoutSeconds: 28 },
  openCases: { memoryMb: 1024, duckdbMb: 200, scratchMb: 1_024, timeoutSeconds: 60, concurrency: 2 },
  api: { memoryMb: 512, scratchMb: 512, timeoutSeconds: 28 },
  /** Signs nothing, seals one body: a webhook is answered in milliseconds. */
  receiveWebhook: { memoryMb: 512, scratchMb: 512, timeoutSeconds: 10, warm: true },
  /** Each works off one insurer's due messages, many attempts at once; an insurer that hangs holds one of them. */
  sendMessages: { memoryMb: 512, scratchMb: 512, timeoutSeconds: 60, concurrency: 8, warm: true },
  /** Waits at the counter for insurers' answers: longer than the window, shorter than API Gateway's 30 s. */
  settlementApi: { memoryMb: 1024, scratchMb: 512, timeoutSeconds: 28, warm: true },
  handOn: { memoryMb: 256, scratchMb: 512, timeoutSeconds: 30, warm: true },
  takeInsurerEvent: { memoryMb: 512, scratchMb: 512, timeoutSeconds: 30, concurrency: 4, warm: true },
  loadRoster: { memoryMb: 1024, duckdbMb: 300, scratchMb: 2_048, timeoutSeconds: 300 },
  /** Holds the ledger, the accesses and the books of a day. */
  closeDay: { memoryMb: 1769, scratchMb: 512, timeoutSeconds: 900 },
  sweep: { memoryMb: 256, scratchMb: 512, timeoutSeconds: 60, concurrency: 2 },
} as const satisfies Record<string, Size>;
