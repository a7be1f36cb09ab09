import type { Issue } from '../../schemas/messages.ts';

const most = 20;

/** What zod says of a message, short enough to keep and to send back. */
export function issuesOf(issues: readonly { path: PropertyKey[]; message: string }[]): Issue[] {
  return issues.slice(0, most).map(({ path, message }) => ({
    path: path.map(String).join('.').slice(0, 200),
    message: message.slice(0, 500),
  }));
}
