import { isUtf8 } from 'node:buffer';
import { confirmExport, exportMessages, importMessages } from '../../functions/insurers/file-gateway.ts';
import { type NewKey, rotateKey } from '../../functions/insurers/insurer-keys.ts';
import { listMessages } from '../../functions/insurers/list-messages.ts';
import type { Received } from '../../functions/insurers/receive.ts';
import { replayOne, replayRange } from '../../functions/insurers/replay.ts';
import { addInsurer, switchInsurer } from '../../functions/insurers/set-up-insurer.ts';
import { newKeys } from '../../functions/runtime/signatures/keys.ts';
import type { Scheme } from '../../functions/runtime/signatures/scheme.ts';
import { type SignatureKey, type SignedHeaders, toWire } from '../../functions/runtime/signatures/standard-webhooks.ts';
import { productStore } from '../../functions/settlement/product-store.ts';
import type { Dice } from '../../infra/county/dice.ts';
import { isRefusal } from '../../schemas/errors.ts';
import { Product, ProductOnWire } from '../../schemas/product.ts';
import { type Hub, tables } from './hub.ts';
import type { ModelInsurer } from './model-insurer.ts';

const isPair = (scheme: Scheme): boolean => scheme === 'v1a' || scheme === 'sm2';

/** SM2 costs a hundred times what the others do. */
function schemeOf(dice: Dice): Scheme {
  const throwOf = dice.share();
  if (throwOf < 0.003) return 'sm2';
  return throwOf < 0.015 ? 'v1a' : throwOf < 0.03 ? 'sm3' : 'v1';
}

/** What people at the bureau do: set insurers up, change keys, send again, carry files. */
export class Operators {
  private readonly hub: Hub;
  private readonly insurers: readonly ModelInsurer[];
  private readonly count: (what: string) => void;
  private readonly schemes = new Map<string, Scheme>();
  private readonly carrying = new Set<string>();

  constructor(hub: Hub, insurers: readonly ModelInsurer[], count: (what: string) => void) {
    this.hub = hub;
    this.insurers = insurers;
    this.count = count;
  }

  async add(insurer: ModelInsurer, dice: Dice): Promise<void> {
    const scheme = schemeOf(dice);
    this.schemes.set(insurer.id, scheme);
    this.count(`scheme ${scheme}`);
    const channel = insurer.manner.byFile ? { channel: 'file' } : { url: insurer.url };
    const added = await addInsurer(
      this.hub.setup(),
      insurer.id,
      { name: '某财险', schemes: [scheme], ...channel },
      'op',
    );
    if (isRefusal(added)) throw new Error(`An insurer was not added: ${added.code}`);
    for (const key of added.keys) take(insurer, key, undefined);
    if (isPair(scheme)) await this.change(insurer, 'in', 72);
  }

  /** Its keys in both directions; those before them go on for a while. */
  async rotate(insurer: ModelInsurer, dice: Dice): Promise<void> {
    // A key that is made while the clock is wrong begins at the wrong time.
    if (this.hub.clockOffsetMs !== 0) return;
    for (const direction of ['in', 'out'] as const) await this.change(insurer, direction, dice.pick([0, 1, 72]));
  }

  async enable(id: string): Promise<void> {
    await this.hub.operate('enable', (wire) => switchInsurer({ ...wire, allowLoopback: false }, id, 'enabled', 'op'));
  }

  /** What an insurer sells from now on. */
  async declare(declared: ProductOnWire): Promise<void> {
    const product = Product.parse(ProductOnWire.parse(declared));
    await this.hub.operate('declare', ({ items, now }) => productStore(items, tables.policies).add(product, now()));
    this.count('declared');
  }

  /** Messages that were accepted or given up, again: some of an insurer that has lost them. */
  async replaySome(dice: Dice): Promise<void> {
    const { id } = dice.pick(this.insurers);
    const called = await this.hub.operate('replay', async (wire) => {
      const { messages } = await listMessages(wire.items, wire.messages, { insurer: id, box: 'out', limit: 10 });
      return messages.length === 0 ? undefined : dice.pick(messages).id;
    });
    if ('lost' in called) this.count('replay lost');
    else if (called.answer !== undefined) await this.replay(id, called.answer);
  }

  async replay(insurer: string, id: string): Promise<void> {
    const called = await this.hub.operate('replay', (wire) => replayOne(wire, insurer, id));
    if ('answer' in called && !isRefusal(called.answer)) this.count('replayed');
  }

  /** All that was never accepted, in calm weather. @returns how many. */
  async replayMissing(insurer: ModelInsurer): Promise<number> {
    const { setup, now } = { setup: this.hub.setup(), now: this.hub.now };
    const wire = { ...setup, messages: 'messages', now };
    const replayed = await replayRange(wire, { insurer: insurer.id, which: 'missing' });
    return isRefusal(replayed) ? 0 : replayed.replayed;
  }

  /** From the hub to insurers that no connection leads to, and back that they are in a file. */
  carryFiles(): void {
    for (const insurer of this.insurers) {
      if (!insurer.manner.byFile || this.carrying.has(insurer.id)) continue;
      this.carrying.add(insurer.id);
      void this.carry(insurer).finally(() => this.carrying.delete(insurer.id));
    }
  }

  /** A message of an insurer that comes in a file. */
  async bring({ insurer, headers, body }: Received) {
    const bytes = Buffer.from(body);
    const content = isUtf8(bytes) ? { body: bytes.toString('utf8') } : { bodyBase64: bytes.toString('base64') };
    const line = { insurer, headers: toWire(headers as SignedHeaders), ...content };
    const called = await this.hub.operate('import', (wire) => importMessages(wire, [line]));
    return 'answer' in called ? called.answer[0] : undefined;
  }

  private async carry(insurer: ModelInsurer): Promise<void> {
    const called = await this.hub.operate('export', (wire) => exportMessages(wire, insurer.id));
    if ('lost' in called || isRefusal(called.answer)) return;
    const { lines } = called.answer;
    if (lines.length === 0) return;
    this.count('by file');
    for (const { headers, body } of lines) insurer.take({ headers, body: Buffer.from(body ?? '') }, true);
    const ids = lines.map(({ headers }) => headers['webhook-id']);
    await this.hub.operate('confirm', (wire) => confirmExport(wire, insurer.id, ids));
  }

  private async change(insurer: ModelInsurer, direction: 'in' | 'out', graceHours: number): Promise<void> {
    const scheme = this.schemes.get(insurer.id)!;
    // The insurer makes the pair that it signs with.
    const own = direction === 'in' && isPair(scheme) ? newKeys(scheme) : undefined;
    const publicKey = own?.verifying;
    const made = await rotateKey(this.hub.setup(), insurer.id, { scheme, direction, publicKey, graceHours }, 'op');
    if (isRefusal(made)) return;
    take(insurer, made, own?.signing);
    this.count('rotated');
  }
}

/** An insurer changes over to a new key of its own at once, and believes all of the hub's. */
function take(insurer: ModelInsurer, { stored, secret }: NewKey, own: string | undefined): void {
  const key: SignatureKey = { ...stored, key: own ?? secret ?? stored.publicKey ?? '' };
  if (stored.direction === 'in') insurer.ownKeys = [key];
  else insurer.hubKeys = [...insurer.hubKeys, key];
}
