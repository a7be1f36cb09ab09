import { z } from 'zod';
import { BillOnWire, FeesOnWire } from '../../../schemas/bill.ts';
import { SealKey, SealNow, SealView } from '../../../schemas/day-seal.ts';
import { DifferenceAct, DifferenceHistory, DifferenceList, DifferencesQuery } from '../../../schemas/difference.ts';
import { AccumulatorPage, LedgerPage, SettlementLedger } from '../../../schemas/ledger.ts';
import {
  ProductList,
  ProductOnWire,
  ProductResultsView,
  ProductVersionView,
  ResultsQuery,
} from '../../../schemas/product.ts';
import { DayView, StatementOnWire, StatementTaken } from '../../../schemas/reconciliation.ts';
import { ReversalView, SettleByHand, SettlementAnswer, SettlementView } from '../../../schemas/settlement.ts';
import { Statement } from '../../../schemas/statement.ts';
import { created, done, type Operations } from './operation.ts';

/** With its tiers as computed, or with its fees only (`compute`). */
const AnyBill = z.union([BillOnWire, FeesOnWire]);
const After = z.object({ after: z.string().optional() });
const noSettlement = { '404': '没有该结算 · no such settlement' };
const noDifference = { '404': '没有该差异 · no such difference' };
const noSeal = { '404': '该日尚未封存 · the day has no seal' };

/** Bills, the ledger, reconciliation, products. */
export const settlementOperations: Operations = {
  'POST /v1/settlements': {
    zh: '结算一张单据：只结一次，跨全部付费方，等待保险公司至窗口时限',
    en: 'Settle a bill once, across every payer. Waits for insurers until the window of the counter closes.',
    body: AnyBill,
    answers: {
      ...done(SettlementAnswer, '同一单据再次提交，首次答复 · the same bill again: the first answer'),
      ...created(SettlementAnswer, '已结算 · settled'),
    },
    refusals: {
      '400': '内容不符合要求 · not a bill: `settlement/bad-bill`',
      '409': '编号已用于另一内容 · `settlement/same-id-other-content`',
      '413': '过大 · too large',
      '422':
        '合计不符，已留存 · sums differ, the bill is kept: `settlement/sums-differ`; 退费与原结算不符 · `settlement/reversal-differs`; 无法计算 · `settlement/not-computable`',
    },
  },
  'POST /v1/settlements/preview': {
    zh: '试算：同样的答复，不产生任何影响',
    en: 'What would the patient pay? The same answer, no effect.',
    body: AnyBill,
    answers: done(SettlementAnswer, '试算结果 · preview'),
    refusals: { '400': '内容不符合要求 · not a bill', '422': '合计不符，或无法计算 · sums differ, or not computable' },
  },
  'GET /v1/settlements/{setl_id}': {
    zh: '一笔结算或退费：首次答复与现状',
    en: 'A settlement or a reversal: the first answer, and as it is now',
    answers: done(z.union([SettlementView, ReversalView])),
    refusals: noSettlement,
  },
  'GET /v1/settlements/{setl_id}/statement': {
    zh: '结算单：JSON，或可打印的页面（accept: text/html）',
    en: 'The statement, as JSON or as a page to print (accept: text/html)',
    answers: { '200': { words: '结算单 · statement', content: Statement, page: true } },
    refusals: noSettlement,
  },
  'GET /v1/settlements/{setl_id}/ledger': {
    zh: '命令与分录',
    en: 'Its commands and ledger entries',
    answers: done(SettlementLedger),
  },
  'POST /v1/settlements/{setl_id}/settle-by-hand': {
    zh: '人工办结未答复的份额',
    en: 'End the waiting for insurers',
    body: SettleByHand,
    answers: done(SettlementView),
    refusals: { ...noSettlement, '409': '没有未办结的份额 · nothing is open' },
  },
  'GET /v1/ledger/settlements': {
    zh: '重放命令核对账本，一次一页',
    en: 'The ledger recomputed, a page at a time',
    query: After,
    answers: done(LedgerPage),
  },
  'GET /v1/ledger/accumulators': {
    zh: '年度累计，一次一页',
    en: 'Accumulators of the year, a page at a time',
    query: After,
    answers: done(AccumulatorPage),
  },
  'GET /v1/ledger/seals/key': {
    zh: '验封公钥',
    en: 'The public key of the seals',
    answers: done(SealKey),
    refusals: noSeal,
  },
  'GET /v1/ledger/seals/{day}': {
    zh: '一天的封存',
    en: 'The seal of a day',
    answers: done(SealView),
    refusals: noSeal,
  },
  'GET /v1/ledger/seals/{day}/now': {
    zh: '按现有记录重算的根',
    en: 'The root as the tables give it now',
    answers: done(SealNow),
  },
  'GET /v1/reconciliations/{day}': {
    zh: '一天的对账结果',
    en: 'What a day came to beside everybody else’s books',
    answers: done(DayView),
  },
  'POST /v1/reconciliations/{day}': {
    zh: '重新对账',
    en: 'Reconcile a day again',
    answers: done(DayView),
    refusals: { '422': '该日尚未结束 · the day is not over' },
  },
  'POST /v1/reconciliations/{day}/statements': {
    zh: '带入对账单（核心系统、清算机构）的一部分',
    en: 'Bring a part of a statement of the core system or of a clearing house',
    body: StatementOnWire,
    answers: done(StatementTaken),
    refusals: { '422': 'parts 中有不可核对的名称 · parts names what is compared with nothing' },
  },
  'GET /v1/differences': {
    zh: '差异，最早的在前',
    en: 'Differences, the oldest first',
    query: DifferencesQuery,
    answers: done(DifferenceList),
  },
  'GET /v1/differences/{id}': {
    zh: '一条差异及其经过',
    en: 'A difference and its events',
    answers: done(DifferenceHistory),
    refusals: noDifference,
  },
  'POST /v1/differences/{id}': {
    zh: '注明、办结、重开差异，或换人承办',
    en: 'Explain, resolve or reopen a difference, or hand it to somebody else',
    body: DifferenceAct,
    answers: done(DifferenceHistory),
    refusals: { ...noDifference, '409': '状态不允许，或刚被他人更改 · not in this state, or changed meanwhile' },
  },
  'GET /v1/products': {
    zh: '产品的最新版本',
    en: 'The newest versions of products',
    answers: done(ProductList),
  },
  'POST /v1/products': {
    zh: '登记产品的一个版本',
    en: 'Add a version of a product',
    body: ProductOnWire,
    answers: created(ProductVersionView, '已登记；同一声明不增加版本 · added; the same declaration again adds none'),
    refusals: { '422': '声明无效 · invalid' },
  },
  'GET /v1/products/{insurer}/{product_code}/results': {
    zh: '一个产品在一段日期内的赔付与退回，按入账日：用于核定“保本微利”',
    en: 'What a product has paid and taken back in a span of days, by the day of posting',
    query: ResultsQuery,
    answers: done(ProductResultsView),
  },
};
