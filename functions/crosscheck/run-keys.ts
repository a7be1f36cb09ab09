/** Where a run keeps what: object keys in the lake … */
export const runKeys = {
  inputs: (runId: string) => `runs/${runId}/inputs.json`,
  /** Possible repairs of unusable numbers, an input of every task. */
  matches: (runId: string) => `runs/${runId}/prelude.parquet`,
  /** What the prelude's rules found; every task takes those of its range. */
  preludeFindings: (runId: string) => `runs/${runId}/prelude-findings.parquet`,
  preludeReport: (runId: string) => `runs/${runId}/prelude.json`,
  findings: (runId: string, task: string) => `runs/${runId}/findings/${task}.parquet`,
  taskReport: (runId: string, task: string) => `runs/${runId}/tasks/${task}.json`,
} as const;

/** … and in the exchange bucket, beside what a sample check leaves there. */
export const outputKeys = {
  findings: (runId: string) => `runs/${runId}/findings.csv`,
  report: (runId: string) => `runs/${runId}/report.json`,
  page: (runId: string) => `runs/${runId}/report.html`,
} as const;
export const sampleKeys = {
  list: (sampleId: string) => `sample-checks/${sampleId}/sample-check.csv`,
  summary: (sampleId: string) => `sample-checks/${sampleId}/sample-check.json`,
} as const;
