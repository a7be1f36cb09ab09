import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { apart, sharing } from '../../vitest.config.ts';

const root = join(import.meta.dirname, '..', '..');

/** What the next file in the same process would see. */
const traces = [
  /\bvi\.(mock|doMock|hoisted|stubEnv|stubGlobal|setSystemTime|useFakeTimers)\b/,
  /\bprocess\.env(\.\w+|\[\w+\])?\s*(\?\?|\|\|)?=(?!=)|\(process\.env,|delete process\.env|process\.chdir/,
  /\bstart(DynamoDb|LocalStores|Hub|Embedded|S3|Sqs)\(|\b(settlementWorld|configureGlobal)\(/,
];
const leavesTraces = (file: string): boolean => {
  const text = readFileSync(join(root, file), 'utf8');
  return traces.some((trace) => trace.test(text));
};
/** Its helpers count, too. */
const modulesBeside = (files: readonly string[]): string[] =>
  [...new Set(files.map((file) => `${dirname(file)}/*.ts`))]
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .filter((file) => !apart.includes(file));

test('a test that shares its process with others leaves nothing behind that they would see', () => {
  expect(sharing.length).toBeGreaterThan(50);
  expect(modulesBeside(sharing).filter(leavesTraces)).toEqual([]);
});

test('a test of those folders has a process of its own only where it would leave something behind', () => {
  expect(apart.filter((file) => !leavesTraces(file))).toEqual([]);
});
