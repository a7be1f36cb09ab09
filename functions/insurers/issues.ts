import type { Issue } from '../../schemas/messages.ts';

const most = 20;

/** What zod says of a message, short enough to keep and to send back. */
export function issuesOf(issues: readonly { code?: string; path: PropertyKey[]; message: string }[]): Issue[] {
  return issues.slice(0, most).map(({ code, path, message }) => ({
    path: path.map(String).join('.').slice(0, 200),
    message: (code === 'unrecognized_keys' ? message.replace(/"[^"]*"/g, memberName) : message).slice(0, 300),
  }));
}

/** Members that nobody knows are the sender's own words: what may be a name or a number is not kept. */
const memberName = (quoted: string): string => (/^"[A-Za-z_]{1,40}"$/.test(quoted) ? quoted : '"…"');
