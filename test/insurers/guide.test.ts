import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { timeoutMs } from '../../functions/insurers/attempt.ts';
import { answerNotValid } from '../../functions/insurers/refused-answer.ts';
import { slotSeconds } from '../../functions/insurers/retry-schedule.ts';
import { defaultToleranceSeconds } from '../../functions/runtime/signatures/standard-webhooks.ts';
import { BillOnWire } from '../../schemas/bill.ts';
import { IncomingMessage, incoming, maxIncomingBytes, outgoing } from '../../schemas/messages.ts';
import { ProductOnWire } from '../../schemas/product.ts';
import { defaultSettings } from '../../schemas/settings.ts';
import { settlementCodes } from '../../schemas/settlement-codes.ts';

const guide = readFileSync(join(import.meta.dirname, '../../functions/insurers/INTEGRATION.md'), 'utf8');
const [before, after] = guide.split('## 5 ') as [string, string];
const received = before.slice(before.indexOf('## 4 '));
const sent = after.slice(0, after.indexOf('## 6 '));

/** The fields that a row of a table names, and whether each may be left out. */
function fieldsOf(chapter: string, type: string): Map<string, boolean> {
  const row = chapter.split('\n').find((line) => line.startsWith(`| \`${type}\` |`));
  if (row === undefined) throw new Error(`The guide has no row for ${type}.`);
  const cell = row.split(/(?<!\\)\|/)[2]!.replace(/\([^)]*\)|（[^）]*）/g, '');
  const fields = new Map<string, boolean>();
  for (const [, name = '', mark] of cell.matchAll(/`([a-z_]+)`(\?)?/g))
    fields.set(name, mark === '?' || fields.get(name) === true);
  return fields;
}

describe.each([
  ['received', received, outgoing],
  ['sent', sent, incoming],
] as const)('of every message that is %s', (_, chapter, messages) => {
  test.each(Object.entries(messages))(
    '%s: the guide names its very fields, and which may be left out',
    (type, message) => {
      const shape = message.shape.data.shape as Record<string, z.ZodType>;
      const fields = fieldsOf(chapter, type);
      expect([...fields.keys()].sort()).toEqual(Object.keys(shape).sort());
      for (const [name, schema] of Object.entries(shape)) {
        // Of what the hub sends, a default is always there.
        const mayBeLeftOut =
          schema instanceof z.ZodOptional || (messages === incoming && schema instanceof z.ZodDefault);
        if (fields.get(name) === true) expect([name, mayBeLeftOut]).toEqual([name, true]);
        if (schema instanceof z.ZodOptional) expect([name, fields.get(name)]).toEqual([name, true]);
      }
    },
  );
});

/** What the core system, or an operator, is told at the doors of bills and products. */
const toldToOthers = [
  ...['bad-bill', 'too-large', 'unusable-certificate', 'not-computable', 'sums-differ', 'same-id-other-content'],
  ...['reversal-differs', 'no-preview-of-reversal', 'nothing-open', 'busy'],
].map((code) => `settlement/${code}`);

test('the guide names every code that an insurer can be told', () => {
  const codes = Object.keys(settlementCodes).filter((code) => !code.startsWith('product/'));
  for (const code of [...codes, answerNotValid])
    if (!toldToOthers.includes(code)) expect(guide).toContain(`\`${code}\``);
});

test('its numbers are those of the code', () => {
  const words = (seconds: number) =>
    seconds < 60 ? `${seconds} s` : seconds < 3600 ? `${seconds / 60} min` : `${seconds / 3600} h`;
  expect(guide).toContain(`after ${slotSeconds.map(words).join(', ')} (±20 %)`);
  expect(guide).toContain(`at most ${maxIncomingBytes / 1024} kB`);
  expect(guide).toContain(`within ${timeoutMs / 1000} seconds`);
  expect(guide).toContain(`±${defaultToleranceSeconds} s`);
  const { windowSeconds, answerWithinHours } = defaultSettings.settlement;
  expect(guide).toContain(`The patient waits ${windowSeconds} seconds`);
  expect(guide).toContain(`(${answerWithinHours} hours as a rule)`);
});

test('what it shows to be sent is what the hub takes, or what it sends', () => {
  // What the shell puts in: the time, and a day.
  const filledIn = guide.replaceAll("'$(date -u +%FT%TZ)'", '2026-11-20T03:00:00Z').replaceAll("'$DAY'", '2026-11-19');
  const shown = filledIn.match(/\{"[^\n]*\}/g)!.map((text) => text.replace(/'( |$).*/, ''));
  const parsed = shown.flatMap((text) => {
    try {
      return [JSON.parse(text) as Record<string, unknown>];
    } catch {
      return [];
    }
  });
  const timestamp = '2026-11-20T03:00:00Z';
  const messages = parsed.filter(({ type }) => typeof type === 'string');
  const products = parsed.filter(({ mode }) => mode !== undefined);
  const bills = parsed.filter(({ fixmedins_code }) => fixmedins_code !== undefined);
  expect([messages.length, products.length, bills.length]).toEqual([5, 2, 1]);
  for (const message of messages) {
    const asked = message.type === 'reconciliation.requested';
    const Shown = asked ? outgoing['reconciliation.requested'] : IncomingMessage;
    expect(Shown.safeParse({ timestamp, ...message }).error).toBeUndefined();
  }
  for (const product of products) expect(ProductOnWire.safeParse(product).error).toBeUndefined();
  for (const bill of bills) expect(BillOnWire.safeParse(bill).error).toBeUndefined();
});
