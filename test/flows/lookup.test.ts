import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deliver } from '../../infra/cli/check.ts';
import { HubRefusal } from '../../infra/cli/client.ts';
import { type RunningHub, startEmbedded } from '../../infra/cli/embedded.ts';
import { filesOf } from '../../infra/cli/exchange.ts';
import type { LookupAnswer } from '../../schemas/lookup.ts';
import { addDays, civilDateAt, yearOf } from '../../schemas/time.ts';
import { certno } from './settlement-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'canbao-lookup-'));
const today = civilDateAt(new Date());
let embedded: RunningHub;

beforeAll(async () => {
  const row = (n: number, no: string, insutype: string, stas: string, place: string, begun: string, paused = '') =>
    [certno(n), '张三', no, insutype, stas, place, yearOf(today), begun, paused].join(',');
  const lines = [
    '证件号码,姓名,人员编号,险种类型,参保状态,参保地区划,参保年度,个人参保日期,暂停参保日期',
    row(1, 'N1', '390', '1', '500299', `${yearOf(today)}-01-01`),
    row(1, 'N1', '310', '4', '500112', '2015-03-01', '2019-07-01'),
    row(2, 'N2', '310', '2', '500299', '2020-01-01', addDays(today, -40)),
  ];
  writeFileSync(join(folder, 'enrolment.csv'), `${lines.join('\n')}\n`);
  embedded = await startEmbedded({ schedules: false });
  const [delivery] = await deliver(embedded.client, filesOf(folder, addDays(today, -3)).pushes, true);
  expect(delivery?.state).toBe('accepted');
}, 120_000);

afterAll(async () => {
  await embedded?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const ask = (n: number, more: object = {}) =>
  embedded.client.post<LookupAnswer>('/persons/lookup', { certno: certno(n), purpose: '窗口参保登记', ...more });

describe('the look-up at an enrolment desk', () => {
  it('says that a person is covered, where and since when, beside what has ended', async () => {
    const answer = await ask(1);
    expect(answer).toMatchObject({ covered: true, data_as_of: addDays(today, -3), stale: false, asked_on: today });
    expect(answer.enrolments.map(({ insutype, insuplc_admdvs, active }) => [insutype, insuplc_admdvs, active])).toEqual(
      [
        ['390', '500299', true],
        ['310', '500112', false],
      ],
    );
    expect(answer.enrolments[0]).toMatchObject({ psn_insu_date: `${yearOf(today)}-01-01` });
  });

  it('does not take a suspended enrolment for cover, and knows nobody it has no row of', async () => {
    expect(await ask(2)).toMatchObject({ covered: false, enrolments: [{ psn_insu_stas: '2', active: false }] });
    expect(await ask(3)).toMatchObject({ covered: false, enrolments: [] });
  });

  it('refuses a number that cannot be anybody’s, and a question without a purpose', async () => {
    await expect(ask(1, { certno: '500299198001010010' })).rejects.toThrow(/bad-check-digit/);
    await expect(ask(1, { purpose: '' })).rejects.toBeInstanceOf(HubRefusal);
  });

  it('keeps who asked about whom and what for, without the number', async () => {
    const { person_ref } = await ask(1);
    const trail = await embedded.client.get<{ entries: object[] }>(`/audit/${today}`);
    expect(trail.entries).toContainEqual(
      expect.objectContaining({ client: 'operator', about: { person_ref, purpose: '窗口参保登记' } }),
    );
    expect(JSON.stringify(trail)).not.toContain(certno(1));
  });
});
