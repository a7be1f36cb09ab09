import {
  By,
  ChangedSettings,
  Insurer,
  InsurerHistory,
  InsurerList,
  KeyOrder,
  KeyView,
  NewInsurer,
  NewInsurerView,
  NewKeyView,
  RangeOrder,
} from '../../../schemas/insurer.ts';
import {
  ExportConfirmation,
  ExportConfirmed,
  Exported,
  ExportOrder,
  Imported,
  ImportOrder,
  MessageHistory,
  MessagePage,
  MessageRef,
  MessagesQuery,
  Replayed,
  ReplayOrder,
} from '../../../schemas/messages.ts';
import { accepted, created, done, type Operations } from './operation.ts';

const noInsurer = { '404': '没有登记该保险机构 · no such insurer' };

/** Insurers, their keys, and the messages to and from them. */
export const insurerOperations: Operations = {
  'GET /v1/insurers': {
    zh: '保险公司',
    en: 'Insurers',
    answers: done(InsurerList),
  },
  'POST /v1/insurers': {
    zh: '登记保险公司；密钥只显示这一次',
    en: 'Add an insurer; its keys are shown this once',
    body: NewInsurer,
    answers: created(NewInsurerView, '已登记 · added'),
    refusals: { '409': '已登记 · already there', '422': '无效 · invalid' },
  },
  'GET /v1/insurers/{id}': {
    zh: '一家保险公司：设置、密钥、提醒、最近操作',
    en: 'One insurer: settings, keys, warnings, what was done last',
    answers: done(InsurerHistory),
    refusals: noInsurer,
  },
  'POST /v1/insurers/{id}/settings': {
    zh: '更改设置；未给出的不变',
    en: 'Change settings; what is not given stays',
    body: ChangedSettings,
    answers: done(Insurer),
    refusals: { ...noInsurer, '422': '无效 · invalid' },
  },
  'POST /v1/insurers/{id}/enable': { zh: '启用', en: 'Enable', body: By, answers: done(Insurer), refusals: noInsurer },
  'POST /v1/insurers/{id}/disable': {
    zh: '停用',
    en: 'Disable',
    body: By,
    answers: done(Insurer),
    refusals: noInsurer,
  },
  'POST /v1/insurers/{id}/ranges': {
    zh: '内网地址段（两人，各以本人密钥）',
    en: 'Private address ranges: two persons, each with a key of their own',
    body: RangeOrder,
    answers: done(Insurer),
    refusals: {
      ...noInsurer,
      '403': '须用本人密钥 · wants a key of one’s own',
      '409': '须由另一人批准 · another person must approve',
      '422': '无效 · invalid',
    },
  },
  'POST /v1/insurers/{id}/keys': {
    zh: '轮换密钥；密钥只显示这一次',
    en: 'Rotate a key; its secret is shown this once',
    body: KeyOrder,
    answers: created(NewKeyView, '新密钥 · the new key'),
    refusals: { ...noInsurer, '422': '密钥无效，或未配置该签名方式 · bad key, or not a scheme of this insurer' },
  },
  'POST /v1/insurers/{id}/keys/{kid}/revoke': {
    zh: '吊销密钥，立即生效',
    en: 'Revoke a key, at once',
    body: By,
    answers: done(KeyView),
    refusals: { '404': '没有该保险机构或密钥 · no such insurer or key' },
  },
  'POST /v1/insurers/{id}/ping': {
    zh: '发送连通性测试',
    en: 'Send a ping',
    answers: accepted(MessageRef, '已列入发送 · due'),
    refusals: noInsurer,
  },
  'GET /v1/messages': {
    zh: '一家保险公司的报文，最新的在前',
    en: 'Messages of an insurer, the newest first',
    query: MessagesQuery,
    answers: done(MessagePage),
  },
  'GET /v1/messages/{box}/{insurer}/{id}': {
    zh: '一条报文及其各次发送',
    en: 'A message and its attempts',
    answers: done(MessageHistory),
    refusals: { '404': '没有该报文 · no such message' },
  },
  'POST /v1/messages/replay': {
    zh: '以原编号重发一条，或一段时间内的一页；待下次发送的立即发送',
    en: 'Send again with the same ids: one, or a page of those of a time; at once what waits for its next attempt',
    body: ReplayOrder,
    answers: done(Replayed),
    refusals: { '404': '没有该报文 · no such message', '409': '状态不允许重发 · not to be replayed' },
  },
  'POST /v1/messages/export': {
    zh: '导出为文件：下一批待发报文',
    en: 'As a file, where no connection is allowed: the next messages that are due',
    body: ExportOrder,
    answers: done(Exported),
    refusals: { ...noInsurer, '422': '不经文件 · not by file' },
  },
  'POST /v1/messages/exported': {
    zh: '确认文件已写好',
    en: 'They are in a file',
    body: ExportConfirmation,
    answers: done(ExportConfirmed),
  },
  'POST /v1/messages/import': {
    zh: '导入保险公司的报文文件：逐行答复',
    en: 'Take lines of insurers’ files; each is answered by itself',
    body: ImportOrder,
    answers: done(Imported),
  },
};
