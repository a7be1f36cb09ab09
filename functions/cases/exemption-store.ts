import { z } from 'zod';
import { Exemption } from '../../schemas/exemption.ts';
import { environment } from '../runtime/env.ts';
import { dynamoItems } from '../runtime/items.ts';

const { CASES_TABLE: table } = environment({ CASES_TABLE: z.string() });

/** All exemptions lie together, because a run asks for all of them; there are few, and they change seldom. */
const partition = 'exemptions';

export async function readExemption(personRef: string): Promise<Exemption | undefined> {
  const item = await dynamoItems.get(table, { pk: partition, sk: personRef });
  return item && Exemption.parse(item);
}

/** In the order of their references. */
export async function listExemptions(): Promise<Exemption[]> {
  return (await dynamoItems.query(table, { pk: partition })).map((item) => Exemption.parse(item));
}

/** @returns false when somebody else changed it meanwhile. */
export function writeExemption(exemption: Exemption): Promise<boolean> {
  const { person_ref: sk, version } = exemption;
  const when = version === 1 ? 'absent' : { version: version - 1 };
  return dynamoItems.write([{ table, when, put: { pk: partition, sk, ...exemption } }]);
}
