import { appendFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Where everything stands that reached handlers, and everything that they answered: a line of JSON each. */
export const eventsIn = (folder: string): string => join(folder, 'events.log');
export const answersIn = (folder: string): string => join(folder, 'answers.log');

/** For `entryOf` of an embedded hub: the handler itself, but what it is given and what it answers is written down. */
export function recorded(folder: string): (entry: string) => string {
  const [events, answers] = [eventsIn(folder), answersIn(folder)];
  for (const file of [events, answers]) appendFileSync(file, '');
  return (entry) => {
    const wrapper = join(folder, `${basename(entry)}.recorded.ts`);
    writeFileSync(
      wrapper,
      `import { appendFileSync } from 'node:fs';
       import { handler as real } from ${JSON.stringify(entry)};
       export const handler = async (event, context) => {
         appendFileSync(${JSON.stringify(events)}, JSON.stringify(event) + '\\n');
         const answer = await real(event, context);
         appendFileSync(${JSON.stringify(answers)}, JSON.stringify(answer ?? null) + '\\n');
         return answer;
       };`,
    );
    return wrapper;
  };
}
