import { numberOf, withCheck } from '../certificates.ts';
import type { County } from '../county.ts';
import type { Person } from '../households.ts';
import { rareCharacters } from '../names.ts';
import { registered, resident, ticket } from '../records.ts';
import { bornLongAgo, infant, type Scenario } from '../scenario.ts';
import { clear, clearAmong, cutToOldForm, insured } from './situations.ts';

/** Certificates and characters that look wrong and are not. */
export const certificatesVary: readonly Scenario[] = [
  clear('clear-rare-name', 150, 'a rare character, everywhere the same', (p, c) => {
    p.name = p.name.slice(0, 1) + c.dice.pick(rareCharacters);
    insured(p, c);
  }),
  clear('clear-sex-differs-from-number', 60, 'the sex given is not that of the number: a warning', (p, c) => {
    registered(p);
    resident(p, c, { gend: p.sex === 1 ? '2' : '1' });
  }),
  clear('clear-birth-differs-from-number', 60, 'the birth date given is not that of the number: a warning', (p, c) => {
    registered(p);
    resident(p, c, { brdy: p.born + 31 });
  }),
  clear('clear-local-person-type', 60, 'a kind of person that only this area knows: a warning', (p, c) => {
    registered(p);
    resident(p, c, { psn_type: '1502' });
  }),
  clear('clear-foreigners', 60, 'foreigners with permanent residence, old and new form, or a passport', foreigner),
  clear('clear-residence-permit', 60, 'people from Hong Kong, Macao and Taiwan', (p, c) => {
    p.area = c.dice.pick(['810099', '820099', '830099']);
    p.certType = '17';
    registered(p, { pop_kind: '2' });
    resident(p, c);
  }),
  clear('clear-other-certificate', 40, 'officers and people under secrecy', (p, c) => {
    p.certType = c.dice.pick(['02', '91']);
    p.number = `军字第${c.next('passport')}号`;
    resident(p, c);
  }),
  clearAmong(bornLongAgo, 'clear-old-number', 500, 'the register still has the 15-digit number', (p, c) => {
    registered(p);
    resident(p, c, cutToOldForm(p, c));
    ticket(p, c);
  }),
  clearAmong(infant, 'clear-newborn-placeholder-name', 700, 'a newborn enrolled before it had a name', (p, c) => {
    p.born = c.asOf - c.dice.pick([0, 2, 60, 200, 364]);
    registered(p);
    resident(p, c, { psn_name: p.name[0] + (p.sex === 1 ? '某之子' : '某之女') });
  }),
];

function foreigner(person: Person, county: County): void {
  const { dice } = county;
  person.name = dice.pick(['MARTIN PAUL', 'KIM MINJI', 'NGUYEN VAN AN', 'IVANOVA OLGA']);
  person.certType = dice.pick(['07', '07', '08']);
  const serial = county.next('passport');
  if (person.certType === '08') person.number = `XX${serial}`;
  else if (dice.chance(0.5)) person.number = `XXX${serial.padStart(12, '0')}`;
  // 9, place, country and the rest: country 999 is nobody's.
  else person.number = withCheck(`9${numberOf('009999', person.born, Number(serial) % 1000).slice(1, 17)}`);
  resident(person, county);
}
