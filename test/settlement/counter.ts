import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import { bodyContext } from '../../functions/insurers/inbox.ts';
import { bodyKey, messageKey } from '../../functions/insurers/messages-table.ts';
import type { Items } from '../../functions/runtime/items.ts';
import { localKeyring, sealerOf } from '../../functions/runtime/sealed.ts';
import { acceptSettlement } from '../../functions/settlement/accept.ts';
import { policyStore, policyWrites } from '../../functions/settlement/policies/policy-store.ts';
import { productStore } from '../../functions/settlement/product-store.ts';
import { differenceStore } from '../../functions/settlement/reconciliation/difference-store.ts';
import type { SettlementDependencies } from '../../functions/settlement/settlement-dependencies.ts';
import { settlementStore } from '../../functions/settlement/settlement-store.ts';
import { sweepSettlements } from '../../functions/settlement/sweep-settlements.ts';
import { takeInsurerEvent } from '../../functions/settlement/take-insurer-event.ts';
import { isRefusal } from '../../schemas/errors.ts';
import { incoming, StoredOutgoing } from '../../schemas/messages.ts';
import type { PolicyRecord, PolicyTerms } from '../../schemas/policy.ts';
import { Product, ProductOnWire } from '../../schemas/product.ts';
import { defaultSettings, type Settings } from '../../schemas/settings.ts';
import type { SettlementAnswer } from '../../schemas/settlement.ts';
import { memoryItems } from '../simulator/memory-items.ts';
import { type Wanted, wireBill } from './wire-bill.ts';

export const tables = { settlements: 'settlements', policies: 'policies', messages: 'messages' };
const sealer = sealerOf(localKeyring(new Uint8Array(32).fill(7)));

/**
 * A counter over tables in memory: bills go in, the clock is turned by hand, insurers say what the test makes them say.
 * Waiting turns the clock, so that a window is over at once.
 */
export class Counter {
  time = Date.parse('2024-06-03T02:00:00Z');
  settings: Settings['settlement'] = defaultSettings.settlement;
  readonly items: Items & ReturnType<typeof memoryItems>;
  readonly services: SettlementDependencies;
  /** Called whenever somebody waits; what an insurer does meanwhile. */
  meanwhile: () => Promise<void> = async () => {};
  private messages = 0;

  constructor(items = memoryItems()) {
    this.items = items;
    this.services = {
      items,
      tables,
      store: settlementStore(items, tables),
      ofPerson: policyStore(items, tables.policies).ofPerson,
      products: () => productStore(items, tables.policies).newest(),
      settings: async () => this.settings,
      openDifferences: differenceStore(items, tables.settlements).ensure,
      secret: async () => 'a secret of at least thirty-two characters',
      sealer,
      now: () => new Date(this.time),
      pause: async (milliseconds) => {
        await setImmediate();
        this.time += milliseconds;
        await this.meanwhile();
      },
    };
  }

  hours(hours: number): void {
    this.time += hours * 3_600_000;
  }

  async sell(product: ProductOnWire): Promise<void> {
    await productStore(this.items, tables.policies).add(
      Product.parse(ProductOnWire.parse(product)),
      new Date(this.time),
    );
  }

  /** A policy of the person of `wireBill`, with a consent, valid all year. */
  async insure(insurer: string, product_code: string, more: Partial<PolicyTerms> & { policy_no?: string } = {}) {
    const { policy_no = `P-${product_code}`, ...terms } = more;
    const person_ref = await this.personRef();
    const record: PolicyRecord = {
      insurer,
      policy_no,
      policy_sub_no: '',
      revoked: {},
      version: 0,
      listed: {
        asOf: '2024-01-01T00:00:00.000Z',
        source: 'roster:1',
        terms: {
          person_ref,
          insurer_person_ref: `${insurer.slice(-4)}-person`,
          product_code,
          begn_date: '2024-01-01',
          end_date: '2024-12-31',
          pre_existing: false,
          consent: { consent_no: 'C1', consent_begn: '2024-01-01', consent_end: '2024-12-31', fields: [] },
          policy_stas: '1',
          ...terms,
        },
      },
    };
    await this.items.write(policyWrites(tables.policies, undefined, record));
  }

  async settle(bill: Wanted | object = {}) {
    return acceptSettlement(
      this.services,
      Buffer.from(JSON.stringify('certno' in bill ? bill : wireBill(bill as Wanted))),
    );
  }

  async answer(bill: Wanted | object = {}): Promise<SettlementAnswer> {
    const accepted = await this.settle(bill);
    if (isRefusal(accepted)) throw new Error(accepted.code);
    return accepted.answer;
  }

  /** An insurer's message lies in the inbox, as the wire leaves it, and settlement is told. */
  async say<Type extends keyof typeof incoming>(
    insurer: string,
    type: Type,
    data: z.input<(typeof incoming)[Type]>['data'],
    id = `w${++this.messages}`,
  ): Promise<string> {
    const message = incoming[type].parse({ type, timestamp: new Date(this.time).toISOString(), data });
    return this.kept(insurer, z.encode(incoming[type] as z.ZodType, message), id);
  }

  /** The same, whatever today's door would say to it. */
  async kept(insurer: string, message: unknown, id?: string): Promise<string> {
    const kept = await this.letIn(insurer, message, id);
    await takeInsurerEvent(this.services, { box: 'in', insurer, id: kept });
    return kept;
  }

  /** It lies in the inbox, and settlement has not heard of it. */
  async letIn(insurer: string, message: unknown, id = `w${++this.messages}`): Promise<string> {
    const createdAt = new Date(this.time).toISOString();
    const body = Buffer.from(JSON.stringify(message));
    const stored = {
      insurer,
      id,
      digest: 'd',
      bytes: body.length,
      state: 'received',
      createdAt,
      kid: 'k',
      handed: 0,
    };
    await this.items.write([
      { table: tables.messages, put: { ...messageKey('in', insurer, id), ...stored }, when: 'absent' },
      {
        table: tables.messages,
        put: { ...bodyKey(insurer, id), sealed: await sealer.seal(body, bodyContext(insurer)) },
      },
    ]);
    return id;
  }

  adjudicate(
    insurer: string,
    policy_no: string,
    paid_amt: string,
    more: { decision?: 'approved' | 'declined'; setl_id?: string; id?: string } = {},
  ): Promise<string> {
    const { decision = 'approved', setl_id = 'S1', id } = more;
    const reason = decision === 'declined' ? { reason_code: 'not-covered' } : {};
    const data = { setl_id, policy_no, decision, paid_amt, insurer_claim_no: 'K1', ...reason };
    return this.say(insurer, 'claim.adjudicated', data, id);
  }

  /** What the wire writes when it has sent a message, given up, or got no answer yet. */
  async outcomeOfSending(
    insurer: string,
    id: string,
    set: { state?: 'accepted' | 'parked' | 'lapsed'; attempts: number; answer?: string },
  ): Promise<void> {
    const acceptedAt = set.state === 'accepted' ? { acceptedAt: new Date(this.time).toISOString() } : {};
    await this.items.write([
      { table: tables.messages, update: messageKey('out', insurer, id), set: { ...set, ...acceptedAt } },
    ]);
    await takeInsurerEvent(this.services, { box: 'out', insurer, id });
  }

  /** Every notice that is due is accepted. */
  async deliver(): Promise<void> {
    for (const { insurer, id, state } of this.sent()) {
      if (state === 'due') await this.outcomeOfSending(insurer, id, { state: 'accepted', attempts: 1 });
    }
  }

  sweep = () => sweepSettlements(this.services);

  sent(type?: string) {
    const all = this.items.all(tables.messages).filter(({ pk, sk }) => pk.startsWith('out#') && sk === 'message');
    const parsed = all.map((item) => ({ ...StoredOutgoing.parse(item), data: JSON.parse(String(item.body)).data }));
    return parsed.filter((message) => type === undefined || message.type === type);
  }

  differences() {
    return this.items.all(tables.settlements).filter(({ sk }) => sk === 'difference');
  }

  async state(setlId = 'S1') {
    const { settlement, entries, commands } = await this.services.store.history(setlId);
    if (settlement === undefined) throw new Error(`There is no settlement ${setlId}.`);
    return { ...settlement, ledger: entries, commands };
  }

  async accumulators() {
    return (await this.services.ofPerson(await this.personRef())).accumulators;
  }

  private async personRef(): Promise<string> {
    const { readBill } = await import('../../functions/settlement/read-bill.ts');
    const read = readBill(Buffer.from(JSON.stringify(wireBill())), await this.services.secret());
    if (isRefusal(read)) throw new Error(read.code);
    return read.bill.person_ref;
  }
}
