import { CaseHistory, CasePage, CasesQuery } from '../../../schemas/case.ts';
import { DeliveriesQuery, DeliveryList, DeliveryView, PushOrder, UploadAddresses } from '../../../schemas/delivery.ts';
import { ExemptionList, ExemptionProposal, ExemptionView } from '../../../schemas/exemption.ts';
import { LookupAnswer, LookupRequest } from '../../../schemas/lookup.ts';
import { RunOrder, RunView } from '../../../schemas/run.ts';
import { SampleRequest, SampleView } from '../../../schemas/sample-check.ts';
import { Settings } from '../../../schemas/settings.ts';
import { HubStatus } from '../../../schemas/status.ts';
import { AuditDay } from '../audit-trail.ts';
import { RevocationOrder, RevokedKeys } from '../revoked-keys.ts';
import { accepted, done, type Operations } from './operation.ts';

const ownKey = '须用本人密钥 · wants a key of one’s own';
const noDelivery = { '404': '没有该报送 · no such delivery' };
const exemptionRefusals = {
  '403': ownKey,
  '404': '没有该个案或豁免 · no such case or exemption',
  '409': '状态不允许，或须由另一人批准 · the state does not allow it, or another person must',
};

/** Lists of agencies, what the cross-check finds in them, and the hub itself. */
export const listOperations: Operations = {
  'POST /v1/feeds/{feed}/deliveries': {
    zh: '申报一个文件，得到上传地址',
    en: 'Announce a file, get addresses to upload it to',
    body: PushOrder,
    answers: done(UploadAddresses, '上传地址 · addresses'),
    refusals: { '404': '没有该数据源 · no such feed' },
  },
  'GET /v1/deliveries': {
    zh: '报送列表',
    en: 'Deliveries',
    query: DeliveriesQuery,
    answers: done(DeliveryList),
  },
  'GET /v1/deliveries/{id}': {
    zh: '一次报送',
    en: 'A delivery',
    answers: done(DeliveryView),
    refusals: noDelivery,
  },
  'POST /v1/deliveries/{id}/release': {
    zh: '放行（本人密钥，且不是报送人）',
    en: 'Release a held delivery, with a key of one’s own, as another person than who pushed it',
    answers: done(DeliveryView),
    refusals: {
      ...noDelivery,
      '403': ownKey,
      '409': '不在暂缓状态，或须由另一人放行 · not held, or another person must',
    },
  },
  'POST /v1/deliveries/{id}/refuse': {
    zh: '退回',
    en: 'Refuse a held delivery',
    answers: done(DeliveryView),
    refusals: { ...noDelivery, '409': '不在暂缓状态 · not held' },
  },
  'POST /v1/runs': {
    zh: '运行比对',
    en: 'Run the cross-check',
    body: RunOrder,
    answers: accepted(RunView, '已列入 · asked for'),
  },
  'GET /v1/runs/{id}': {
    zh: '一次比对；完成后附结果的下载地址',
    en: 'A run; a completed one with addresses of its outputs',
    answers: done(RunView),
    refusals: { '404': '没有该次比对 · no such run' },
  },
  'POST /v1/sample-checks': {
    zh: '抽查：按乡镇分层、按种子抽取一定比例的参保人；同一种子、同一快照，名单不变',
    en: 'Draw a share of the insured of every township by a seed; the same seed and snapshots give the same list',
    body: SampleRequest,
    answers: accepted(SampleView, '已列入 · asked for'),
    refusals: { '422': '没有该年度的参保登记或该快照 · no register of that year, or no such snapshot' },
  },
  'GET /v1/sample-checks/{id}': {
    zh: '一次抽查；完成后附名单与汇总的下载地址',
    en: 'A sample check; a completed one with addresses of its list and summary',
    answers: done(SampleView, '抽查 · sample check'),
    refusals: { '404': '没有该次抽查 · no such sample check' },
  },
  'POST /v1/persons/lookup': {
    zh: '查一个人是否参保、在哪里、从何时起；用途留痕',
    en: 'Is this person covered, where, since when; the purpose is kept in the trail',
    body: LookupRequest,
    answers: done(LookupAnswer),
    refusals: { '422': '证件号码无法识别 · unusable number' },
  },
  'GET /v1/cases': { zh: '乡镇的个案', en: 'Cases of a township', query: CasesQuery, answers: done(CasePage) },
  'GET /v1/cases/{ref}': {
    zh: '一个个案及其经过',
    en: 'A case and its events',
    answers: done(CaseHistory),
    refusals: { '404': '没有该个案 · no such case' },
  },
  'GET /v1/exemptions': { zh: '全部豁免', en: 'All exemptions', answers: done(ExemptionList) },
  'POST /v1/cases/{ref}/exemption': {
    zh: '提出豁免：至某日前不再催办参保',
    en: 'Propose that a person is not asked for cover until a day',
    body: ExemptionProposal,
    answers: done(ExemptionView),
    refusals: exemptionRefusals,
  },
  'POST /v1/cases/{ref}/exemption/accept': {
    zh: '另一人批准豁免，下一次比对起生效',
    en: 'Accept an exemption, as another person; it holds from the next run on',
    answers: done(ExemptionView),
    refusals: exemptionRefusals,
  },
  'POST /v1/cases/{ref}/exemption/withdraw': {
    zh: '撤回豁免',
    en: 'Withdraw an exemption',
    answers: done(ExemptionView),
    refusals: exemptionRefusals,
  },
  'GET /v1/settings': { zh: '设置', en: 'Settings', answers: done(Settings, '设置 · settings') },
  'PUT /v1/settings': {
    zh: '更改全部设置；未给出的取规范的默认值',
    en: 'Set all settings; what is not given takes the default of the specification',
    body: Settings,
    answers: done(Settings, '设置 · settings'),
    refusals: { '400': '无效 · invalid' },
  },
  'GET /v1/status': {
    zh: '数据源与比对状态',
    en: 'Where every feed stands, the last runs',
    answers: done(HubStatus),
  },
  'GET /v1/client-keys/revoked': {
    zh: '已吊销的本人密钥',
    en: 'Persons’ keys that were taken away',
    answers: done(RevokedKeys),
  },
  'POST /v1/client-keys/revoke': {
    zh: '吊销一人的密钥，立即生效，不可恢复',
    en: 'Take one person’s key away, at once and for good',
    body: RevocationOrder,
    answers: done(RevokedKeys),
    refusals: { '422': '不是本人密钥 · no person’s own key' },
  },
  'GET /v1/audit/{day}': { zh: '一天的访问记录', en: 'Who asked what on a day', answers: done(AuditDay) },
};
