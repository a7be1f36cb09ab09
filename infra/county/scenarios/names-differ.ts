import { dottedName, nameWithTraditionalForm, rareCharacters, traditional } from '../names.ts';
import { employee, registered, resident, ticket } from '../records.ts';
import { found, infant, type Scenario } from '../scenario.ts';
import { clear, otherName } from './situations.ts';

export const namesDiffer: readonly Scenario[] = [
  {
    name: '601-name-differs',
    perMillion: 1_300,
    gives: ['XC-601'],
    changes: 'enrolled under another name',
    plant: (p, c) => {
      registered(p);
      resident(p, c, { psn_name: otherName(p, c) });
      ticket(p, c);
      return nameDiffers;
    },
  },
  {
    name: '601-employee',
    perMillion: 100,
    gives: ['XC-601'],
    changes: 'the same of an employee',
    plant: (p, c) => {
      registered(p);
      employee(p, c, { psn_name: otherName(p, c) });
      return nameDiffers;
    },
  },
  {
    name: '601-infant',
    perMillion: 25,
    who: infant,
    gives: ['XC-601'],
    changes: 'an infant under another name, no placeholder',
    plant: (p, c) => {
      registered(p);
      resident(p, c, { psn_name: otherName(p, c) });
      return nameDiffers;
    },
  },
  {
    name: '601-rare-character',
    perMillion: 15,
    gives: ['XC-601'],
    changes: 'two different rare characters, both readable',
    plant: (p, c) => {
      p.name = '王𠮷';
      registered(p);
      resident(p, c, { psn_name: '王䶮' });
      return nameDiffers;
    },
  },
  clear('clear-601-other-dot', 60, 'the same name with another dot', (p, c) => {
    p.name = dottedName(c.dice, p.sex);
    registered(p);
    resident(p, c, { psn_name: p.name.replace('·', c.dice.pick(['•', '・', '．', '.'])) });
  }),
  clear('clear-601-former-name', 120, 'enrolled under the former name', (p, c) => {
    const former = otherName(p, c);
    registered(p, { former_name: former });
    resident(p, c, { psn_name: former });
  }),
  clear('clear-601-traditional', 60, 'enrolled in traditional characters', (p, c) => {
    p.name = nameWithTraditionalForm(c.dice, p.sex);
    registered(p);
    resident(p, c, { psn_name: traditional(p.name) });
  }),
  clear('clear-601-former-traditional', 10, 'the former name, in traditional characters', (p, c) => {
    const former = nameWithTraditionalForm(c.dice, p.sex);
    registered(p, { former_name: former });
    resident(p, c, { psn_name: traditional(former) });
  }),
  clear('clear-601-unreadable-character', 80, 'a character the old system could not hold', (p, c) => {
    p.name = p.name.slice(0, 1) + c.dice.pick(rareCharacters);
    registered(p);
    resident(p, c, { psn_name: p.name.slice(0, 1) + c.dice.pick(['?', '□', '*']) });
  }),
  clear('clear-601-private-use', 20, 'a character of the private-use area', (p, c) => {
    p.name = p.name.slice(0, 1) + c.dice.pick(rareCharacters);
    registered(p);
    resident(p, c, { psn_name: `${p.name.slice(0, 1)}\uE863` });
  }),
];

const nameDiffers = [found('XC-601', 'P3')];
