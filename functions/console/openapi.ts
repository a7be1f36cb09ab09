import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { BillOnWire, FeesOnWire } from '../../schemas/bill.ts';
import { ExemptionProposal } from '../../schemas/exemption.ts';
import { InsurerSettings } from '../../schemas/insurer.ts';
import { LookupAnswer, LookupRequest } from '../../schemas/lookup.ts';
import { IncomingMessage, maxIncomingBytes, outgoing } from '../../schemas/messages.ts';
import { ProductOnWire } from '../../schemas/product.ts';
import { SampleRequest, SampleView } from '../../schemas/sample-check.ts';
import { Settings } from '../../schemas/settings.ts';
import { SettlementAnswer, SumDifference } from '../../schemas/settlement.ts';

/** RFC 9457, with a stable `code`; `title` in Chinese, `detail` in English. */
const Problem = z
  .object({
    type: z.url(),
    status: z.int(),
    code: z.string(),
    title: z.string(),
    detail: z.string(),
    /** Of `settlement/sums-differ`. */
    sums: z.array(SumDifference).optional(),
    issues: z.array(z.unknown()).optional(),
  })
  .meta({ id: 'Problem' });

const SignedHeaders = z.object({
  'webhook-id': z
    .string()
    .regex(/^[\x21-\x2d\x2f-\x7e]{1,256}$/)
    .meta({ description: '报文编号，重发不变 · the same at every attempt; no dot' }),
  'webhook-timestamp': z
    .string()
    .regex(/^\d{10}$/)
    .meta({ description: '秒 · seconds of the epoch, ±300 s' }),
  'webhook-signature': z
    .string()
    .meta({ description: '`v1,…` `v1a,…` `sm2,…` `sm3,…`，空格分隔，至多 10 个 · separated by spaces, at most 10' }),
});
const ClientHeaders = SignedHeaders.extend({
  'canbao-client': z.string().meta({ description: 'operator, operator/li, core' }),
});

type Operation = {
  readonly zh: string;
  readonly en: string;
  readonly request?: z.ZodType;
  readonly answers: Readonly<Record<string, readonly [description: string, content?: z.ZodType]>>;
};
/** With its tiers as computed, or with its fees only (`compute`). */
const AnyBill = z.union([BillOnWire, FeesOnWire]);
const Some = z.looseObject({});
const answered: Operation['answers'] = { '200': ['已答复 · done', Some] };
const exemptionAnswers: Operation['answers'] = {
  ...answered,
  '403': ['须用本人密钥 · wants a key of one’s own', Problem],
  '404': ['没有该个案或豁免 · no such case or exemption', Problem],
  '409': ['状态不允许，或须由另一人批准 · the state does not allow it, or another person must', Problem],
};

/** Every route, said once more for those who call it; test/console/openapi.test.ts holds it against the routes. */
const operations: Readonly<Record<string, Operation>> = {
  'POST /v1/settlements': {
    zh: '结算一张单据：只结一次，跨全部付费方，等待保险公司至窗口时限',
    en: 'Settle a bill once, across every payer. Waits for insurers until the window of the counter closes.',
    request: AnyBill,
    answers: {
      '200': ['同一单据再次提交，首次答复 · the same bill again: the first answer', SettlementAnswer],
      '201': ['已结算 · settled', SettlementAnswer],
      '400': ['内容不符合要求 · not a bill: `settlement/bad-bill`', Problem],
      '409': ['编号已用于另一内容 · `settlement/same-id-other-content`', Problem],
      '422': [
        '合计不符，已留存 · sums differ, the bill is kept: `settlement/sums-differ`; 无法计算 · `settlement/not-computable`',
        Problem,
      ],
    },
  },
  'POST /v1/settlements/preview': {
    zh: '试算：同样的答复，不产生任何影响',
    en: 'What would the patient pay? The same answer, no effect.',
    request: AnyBill,
    answers: { '200': ['试算结果 · preview', SettlementAnswer], '400': ['内容不符合要求 · not a bill', Problem] },
  },
  'GET /v1/settlements/{setl_id}': {
    zh: '一笔结算：首次答复与现状',
    en: 'A settlement: the first answer, and as it is now',
    answers: answered,
  },
  'GET /v1/settlements/{setl_id}/statement': {
    zh: '结算单：JSON，或可打印的页面（accept: text/html）',
    en: 'The statement, as JSON or as a page to print (accept: text/html)',
    answers: answered,
  },
  'GET /v1/settlements/{setl_id}/ledger': {
    zh: '命令与分录',
    en: 'Its commands and ledger entries',
    answers: answered,
  },
  'POST /v1/settlements/{setl_id}/settle-by-hand': {
    zh: '人工办结未答复的份额',
    en: 'End the waiting for insurers',
    answers: answered,
  },
  'GET /v1/ledger/settlements': {
    zh: '重放命令核对账本，一次一页',
    en: 'The ledger recomputed, a page at a time',
    answers: answered,
  },
  'GET /v1/ledger/accumulators': {
    zh: '年度累计',
    en: 'Accumulators of the year, a page at a time',
    answers: answered,
  },
  'GET /v1/ledger/seals/key': { zh: '验封公钥', en: 'The public key of the seals', answers: answered },
  'GET /v1/ledger/seals/{day}': { zh: '一天的封存', en: 'The seal of a day', answers: answered },
  'GET /v1/ledger/seals/{day}/now': {
    zh: '按现有记录重算的根',
    en: 'The root as the tables give it now',
    answers: answered,
  },
  'GET /v1/reconciliations/{day}': {
    zh: '一天的对账结果',
    en: 'What a day came to beside everybody else’s books',
    answers: answered,
  },
  'POST /v1/reconciliations/{day}': { zh: '重新对账', en: 'Reconcile a day again', answers: answered },
  'POST /v1/reconciliations/{day}/statements': {
    zh: '带入对账单（核心系统、清算机构）',
    en: 'Bring a statement of the core system or of a clearing house',
    answers: answered,
  },
  'GET /v1/differences': { zh: '差异', en: 'Differences', answers: answered },
  'GET /v1/differences/{id}': { zh: '一条差异及其经过', en: 'A difference and its events', answers: answered },
  'POST /v1/differences/{id}': { zh: '处理差异', en: 'Explain or resolve a difference', answers: answered },
  'GET /v1/products': { zh: '产品', en: 'Products', answers: answered },
  'POST /v1/products': {
    zh: '登记产品的一个版本',
    en: 'Add a version of a product',
    request: ProductOnWire,
    answers: { '201': ['已登记 · added', Some], '422': ['声明无效 · invalid', Problem] },
  },
  'GET /v1/insurers': { zh: '保险公司', en: 'Insurers', answers: answered },
  'POST /v1/insurers': {
    zh: '登记保险公司；密钥只显示这一次',
    en: 'Add an insurer; its keys are shown this once',
    request: InsurerSettings.extend({ id: z.string() }),
    answers: { '201': ['已登记 · added', Some], '422': ['无效 · invalid', Problem] },
  },
  'GET /v1/insurers/{id}': { zh: '一家保险公司', en: 'One insurer', answers: answered },
  'POST /v1/insurers/{id}/settings': {
    zh: '更改设置',
    en: 'Change settings',
    request: InsurerSettings.partial(),
    answers: answered,
  },
  'POST /v1/insurers/{id}/enable': { zh: '启用', en: 'Enable', answers: answered },
  'POST /v1/insurers/{id}/disable': { zh: '停用', en: 'Disable', answers: answered },
  'POST /v1/insurers/{id}/ranges': {
    zh: '内网地址段（两人）',
    en: 'Private address ranges: two persons',
    answers: answered,
  },
  'POST /v1/insurers/{id}/keys': {
    zh: '轮换密钥',
    en: 'Rotate a key',
    answers: { '201': ['新密钥 · the new key, shown once', Some] },
  },
  'POST /v1/insurers/{id}/keys/{kid}/revoke': { zh: '吊销密钥', en: 'Revoke a key', answers: answered },
  'POST /v1/insurers/{id}/ping': {
    zh: '发送连通性测试',
    en: 'Send a ping',
    answers: { '202': ['已列入发送 · due', Some] },
  },
  'GET /v1/messages': { zh: '报文列表', en: 'Messages', answers: answered },
  'GET /v1/messages/{box}/{insurer}/{id}': {
    zh: '一条报文及其各次发送',
    en: 'A message and its attempts',
    answers: answered,
  },
  'POST /v1/messages/replay': { zh: '重发', en: 'Send again, with the same ids', answers: answered },
  'POST /v1/messages/export': { zh: '导出为文件', en: 'As a file, where no connection is allowed', answers: answered },
  'POST /v1/messages/exported': { zh: '确认文件已带走', en: 'The file was carried over', answers: answered },
  'POST /v1/messages/import': { zh: '导入文件', en: 'Take the file of an insurer', answers: answered },
  'POST /v1/feeds/{feed}/deliveries': {
    zh: '申报一个文件，得到上传地址',
    en: 'Announce a file, get an address to upload it to',
    answers: { '201': ['上传地址 · address', Some] },
  },
  'GET /v1/deliveries': { zh: '报送列表', en: 'Deliveries', answers: answered },
  'GET /v1/deliveries/{id}': { zh: '一次报送', en: 'A delivery', answers: answered },
  'POST /v1/deliveries/{id}/release': {
    zh: '放行（本人密钥，且不是报送人）',
    en: 'Release a held delivery, with a key of one’s own, as another person than who pushed it',
    answers: {
      ...answered,
      '403': ['须用本人密钥 · wants a key of one’s own', Problem],
      '409': ['不在暂缓状态，或须由另一人放行 · not held, or another person must', Problem],
    },
  },
  'POST /v1/deliveries/{id}/refuse': { zh: '退回', en: 'Refuse a held delivery', answers: answered },
  'POST /v1/runs': { zh: '运行比对', en: 'Run the cross-check', answers: { '202': ['已列入 · asked for', Some] } },
  'GET /v1/runs/{id}': { zh: '一次比对', en: 'A run', answers: answered },
  'POST /v1/sample-checks': {
    zh: '抽查：按乡镇分层、按种子抽取一定比例的参保人；同一种子、同一快照，名单不变',
    en: 'Draw a share of the insured of every township by a seed; the same seed and snapshots give the same list',
    request: SampleRequest,
    answers: {
      '202': ['已列入 · asked for', SampleView],
      '422': ['没有该年度的参保登记或该快照 · no register of that year, or no such snapshot', Problem],
    },
  },
  'GET /v1/sample-checks/{id}': {
    zh: '一次抽查；完成后附名单与汇总的下载地址',
    en: 'A sample check; a completed one with addresses of its list and summary',
    answers: { '200': ['抽查 · sample check', SampleView], '404': ['没有该次抽查 · no such sample check', Problem] },
  },
  'POST /v1/persons/lookup': {
    zh: '查一个人是否参保、在哪里、从何时起；用途留痕',
    en: 'Is this person covered, where, since when; the purpose is kept in the trail',
    request: LookupRequest,
    answers: { '200': ['答复 · answer', LookupAnswer], '422': ['证件号码无法识别 · unusable number', Problem] },
  },
  'GET /v1/cases': { zh: '乡镇的个案', en: 'Cases of a township', answers: answered },
  'GET /v1/cases/{ref}': { zh: '一个个案', en: 'A case', answers: answered },
  'GET /v1/exemptions': { zh: '全部豁免', en: 'All exemptions', answers: answered },
  'POST /v1/cases/{ref}/exemption': {
    zh: '提出豁免：至某日前不再催办参保',
    en: 'Propose that a person is not asked for cover until a day',
    request: ExemptionProposal,
    answers: exemptionAnswers,
  },
  'POST /v1/cases/{ref}/exemption/accept': {
    zh: '另一人批准豁免，下一次比对起生效',
    en: 'Accept an exemption, as another person; it holds from the next run on',
    answers: exemptionAnswers,
  },
  'POST /v1/cases/{ref}/exemption/withdraw': {
    zh: '撤回豁免',
    en: 'Withdraw an exemption',
    answers: exemptionAnswers,
  },
  'GET /v1/settings': { zh: '设置', en: 'Settings', answers: { '200': ['设置 · settings', Some] } },
  'PUT /v1/settings': {
    zh: '更改设置',
    en: 'Set all settings',
    request: Settings,
    answers: { '200': ['设置 · settings', Some], '400': ['无效 · invalid', Problem] },
  },
  'GET /v1/status': { zh: '数据源与比对状态', en: 'Where every feed stands, the last runs', answers: answered },
  'GET /v1/client-keys/revoked': {
    zh: '已吊销的本人密钥',
    en: 'Persons’ keys that were taken away',
    answers: answered,
  },
  'POST /v1/client-keys/revoke': {
    zh: '吊销一人的密钥，立即生效，不可恢复',
    en: 'Take one person’s key away, at once and for good',
    request: z.strictObject({ client: z.string() }),
    answers: { ...answered, '422': ['不是本人密钥 · no person’s own key', Problem] },
  },
  'GET /v1/audit/{day}': { zh: '一天的访问记录', en: 'Who asked what on a day', answers: answered },
};

/** OpenAPI 3.1 of the API and of the webhooks in both directions, made from the schemas that the hub itself parses by. */
export function openApiDocument() {
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'canbao 参保',
      version: '1',
      description:
        '请求与报文按 Standard Webhooks 1.0.0 签名；错误为 RFC 9457 文档，`code` 稳定不变。 · Requests and messages are signed as Standard Webhooks 1.0.0; errors are RFC 9457 documents with a stable `code`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ signature: [] }],
    components: {
      securitySchemes: { signature: { type: 'apiKey', in: 'header', name: 'webhook-signature' } },
    },
    paths: { ...paths(), '/v1/insurers/{insurer}/webhooks': { post: receiving } },
    webhooks: Object.fromEntries(Object.entries(outgoing).map(([type, message]) => [type, { post: sending(message) }])),
  });
}

function paths(): ZodOpenApiPathsObject {
  const found: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const [name, operation] of Object.entries(operations)) {
    const [method = '', path = ''] = name.split(' ');
    found[path] = { ...found[path], [method.toLowerCase()]: described(path, operation) };
  }
  return found;
}

function described(path: string, { zh, en, request, answers }: Operation): ZodOpenApiOperationObject {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
  const inPath = z.object(Object.fromEntries(names.map((name) => [name, z.string()])));
  return {
    summary: zh,
    description: en,
    requestParams: { header: ClientHeaders, ...(names.length === 0 ? {} : { path: inPath }) },
    ...(request === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: request } } } }),
    responses: Object.fromEntries(
      Object.entries({ ...answers, '401': ['未签名或签名无效 · not signed', Problem] as const }).map(
        ([status, [description, schema]]) => [
          status,
          {
            description,
            ...(schema === undefined
              ? {}
              : { content: { [schema === Problem ? 'application/problem+json' : 'application/json']: { schema } } }),
          },
        ],
      ),
    ),
  };
}

/** insurer → hub */
const receiving: ZodOpenApiOperationObject = {
  summary: '保险公司的报文',
  description: `A message of an insurer, at most ${maxIncomingBytes / 1024} kB. 202 means that it is kept, not that it was posted: claim.posted or claim.refused says so.`,
  requestParams: { header: SignedHeaders, path: z.object({ insurer: z.string() }) },
  requestBody: { required: true, content: { 'application/json': { schema: IncomingMessage } } },
  responses: {
    '202': { description: '已留存 · kept' },
    '200': { description: '同一编号再次到达，无第二次影响 · the same id again, no second effect' },
    '400': {
      description: '内容不符合要求，逐项列出 · what is wrong with it',
      content: { 'application/problem+json': { schema: Problem } },
    },
    '401': {
      description: '签名、时间或机构不符 · bad signature, stale time or unknown insurer',
      content: { 'application/problem+json': { schema: Problem } },
    },
    '409': {
      description: '同一编号，另一内容 · the same id with another body',
      content: { 'application/problem+json': { schema: Problem } },
    },
    '413': { description: '过大 · too large', content: { 'application/problem+json': { schema: Problem } } },
  },
};

/** hub → insurer */
const sending = (message: z.ZodType): ZodOpenApiOperationObject => ({
  requestParams: { header: SignedHeaders },
  requestBody: { required: true, content: { 'application/json': { schema: message } } },
  responses: {
    '2XX': {
      description:
        '已收；settlement.notice 的答复可随带 claim.adjudicated · taken; the answer to settlement.notice may hold claim.adjudicated',
    },
    '410': { description: '不再接收，停止发送 · the endpoint is gone, nothing more is sent' },
  },
});
