import { SingleBar } from 'cli-progress';

type Progress = {
  update(done: number, total: number, note?: string): void;
  stop(note?: string): void;
};

/** A bar on a terminal; elsewhere a plain line when it starts, at every tenth, and when it ends. Writes to stderr. */
export function progress(label: string, quiet: boolean): Progress {
  if (quiet) return { update: () => {}, stop: () => {} };
  return process.stderr.isTTY ? bar(label) : lines(label);
}

function bar(label: string): Progress {
  const single = new SingleBar({
    format: `${label}  {bar} {percentage}%  {value}/{total}  {note}`,
    barsize: 30,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    stream: process.stderr,
  });
  let started = false;
  const update = (done: number, total: number, note = '') => {
    if (!started) single.start(total, done, { note });
    started = true;
    single.setTotal(total);
    single.update(done, { note });
  };
  return {
    update,
    stop: (note = '') => {
      if (!started) return;
      single.update({ note });
      single.stop();
    },
  };
}

function lines(label: string): Progress {
  let lastTenth = -1;
  return {
    update: (done, total, note = '') => {
      const tenth = total === 0 ? 0 : Math.floor((done / total) * 10);
      if (tenth === lastTenth) return;
      lastTenth = tenth;
      process.stderr.write(`${label}  ${done}/${total}  ${note}\n`);
    },
    stop: (note = '') => {
      if (note !== '') process.stderr.write(`${label}  ${note}\n`);
    },
  };
}
