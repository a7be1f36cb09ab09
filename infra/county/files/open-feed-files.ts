import { join } from 'node:path';
import { Dice } from '../dice.ts';
import { countyName } from '../places.ts';
import { type FeedName, feedNames } from '../records.ts';
import { DelimitedFile } from './delimited-file.ts';
import { type Defect, FeedFile, type RowSink } from './feed-file.ts';
import { JsonLinesFile } from './json-lines-file.ts';
import { plainStyle } from './plain-style.ts';
import { type Habits, UntidyStyle } from './untidy-style.ts';
import { WorkbookFile } from './workbook-file.ts';

/** One file per feed in `folder`, named after it. `seed` decides the slips of the messy form only. */
export function openFeedFiles(
  form: 'plain' | 'messy',
  folder: string,
  seed: number,
  report?: (defect: Defect) => void,
): Record<FeedName, FeedFile> {
  const files = feedNames.map((feed, i) => {
    if (form === 'plain')
      return new FeedFile(feed, new DelimitedFile({ path: join(folder, `${feed}.csv`) }), plainStyle, report);
    const { file, habits } = offices[feed];
    return new FeedFile(
      feed,
      file(join(folder, feed)),
      new UntidyStyle(new Dice((seed + (i + 1) * 0x9e3779b1) % 2 ** 32), habits),
      report,
    );
  });
  return Object.fromEntries(files.map((file) => [file.feed, file])) as Record<FeedName, FeedFile>;
}

/** What each agency's system exports. Excel holds 1,048,576 rows, so only lists that stay below it come that way. */
const offices: Readonly<Record<FeedName, { file: (stem: string) => RowSink; habits: Habits }>> = {
  population: {
    file: (stem) => new DelimitedFile({ path: `${stem}.csv`, encoding: 'gb18030', lineEnd: '\r\n' }),
    habits: { aliases: { certno: '公民身份号码' }, date: 'compact' },
  },
  enrolment: {
    file: (stem) => new DelimitedFile({ path: `${stem}.txt.gz`, encoding: 'gb18030', delimiter: '|', gzip: true }),
    habits: { aliases: { psn_cert_type: '证照类型', certno: '身份证件号码', psn_name: '人员姓名' } },
  },
  'premium-payment': {
    file: (stem) =>
      new DelimitedFile({
        path: `${stem}.csv`,
        encoding: 'utf8-bom',
        lineEnd: '\r\n',
        titles: [`${countyName}税务局社会保险费缴费明细`, '导出单位：社保非税股'],
      }),
    habits: { aliases: { certno: '身份证号码', psn_name: '人员姓名', insutype: '险种类型' }, ownColumns: true },
  },
  settlement: {
    file: (stem) => new DelimitedFile({ path: `${stem}.tsv`, encoding: 'gb18030', delimiter: '\t', lineEnd: '\r\n' }),
    habits: { aliases: { insutype: '险种类型' } },
  },
  hardship: {
    file: (stem) => new WorkbookFile(`${stem}.xlsx`, '困难群众', [`${countyName}困难群众名册`]),
    habits: { aliases: { certno: '身份证号' }, ownColumns: true, excelDates: true },
  },
  'rural-monitoring': {
    file: (stem) => new DelimitedFile({ path: `${stem}.txt`, encoding: 'utf16le', delimiter: '\t', lineEnd: '\r\n' }),
    habits: { aliases: { certno: '身份证号码' }, date: 'dots' },
  },
  'death-police': {
    file: (stem) => new DelimitedFile({ path: `${stem}.csv.gz`, encoding: 'gb18030', gzip: true }),
    habits: { aliases: { certno: '公民身份号码' }, date: 'compact' },
  },
  cremation: {
    file: (stem) =>
      new DelimitedFile({
        path: `${stem}.csv`,
        encoding: 'utf8-bom',
        delimiter: ';',
        titles: [`${countyName}殡仪馆火化登记表`],
      }),
    habits: { date: 'chinese' },
  },
  'policy-roster': { file: (stem) => new JsonLinesFile({ path: `${stem}.jsonl` }), habits: { date: 'slashes' } },
};
