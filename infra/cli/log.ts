import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

/** Log lines of the functions: into `hub.log` of the data folder; without one, only faults, on stderr. */
export function logLine(data: string | undefined): (line: object) => void {
  if (data !== undefined) return (line) => appendFileSync(join(data, 'hub.log'), `${JSON.stringify(line)}\n`);
  return (line) => {
    if ((line as { level?: string }).level === 'ERROR') process.stderr.write(`${JSON.stringify(line)}\n`);
  };
}
