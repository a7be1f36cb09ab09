/** Every coded "no" of setting insurers up and of looking after their messages. */
export const insurerCodes = {
  'insurer/no-such-insurer': { zh: '没有登记该保险机构。', en: 'There is no such insurer.' },
  'insurer/already-there': { zh: '该保险机构已登记。', en: 'This insurer is there already.' },
  'insurer/bad-id': {
    zh: '「{id}」不是有效的统一社会信用代码。',
    en: '"{id}" is not a valid unified social credit code.',
  },
  'insurer/no-url': {
    zh: '请给出接收报文的网址，或将通道设为 file（文件网关）。',
    en: 'Say where its messages go (url), or let them travel as files (channel file).',
  },
  'insurer/bad-url': {
    zh: '网址应以 https:// 开头，不含用户名与密码。',
    en: 'The address begins with https:// and holds no user name or password.',
  },
  'insurer/bad-settings': { zh: '设置有误：{zh}。', en: 'The settings are wrong: {en}.' },
  'insurer/changed-meanwhile': {
    zh: '该保险机构的设置刚被他人修改，请查看后重试。',
    en: 'Somebody else has just changed this insurer. Look at it and try again.',
  },
  'insurer/scheme-not-configured': {
    zh: '该保险机构没有配置签名方式 {scheme}。',
    en: 'The scheme {scheme} is not one of this insurer.',
  },
  'insurer/public-key-needed': {
    zh: '签名方式 {scheme} 验签用的公钥须由保险机构提供，请用 --public-key 给出。',
    en: 'With {scheme} the insurer makes the pair and gives its public key: name it with --public-key.',
  },
  'insurer/public-key-not-wanted': {
    zh: '该密钥由枢纽生成，不接受外来密钥。',
    en: 'The hub makes this key by itself and takes none.',
  },
  'insurer/bad-key': {
    zh: '公钥无法使用（{defect}）。{scheme} 可用的形式：{wanted}。',
    en: 'The public key cannot be used ({defect}). Forms of {scheme}: {wanted}.',
  },
  'insurer/no-such-key': { zh: '没有该密钥。', en: 'There is no such key.' },
  'insurer/bad-range': {
    zh: '「{range}」不是可放行的内网网段。请给出 10.0.0.0/8、172.16.0.0/12、192.168.0.0/16、100.64.0.0/10 或 fc00::/7 之内的网段。',
    en: '"{range}" is no private range that may be allowed: one within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10 or fc00::/7.',
  },
  'insurer/no-such-range': {
    zh: '该网段未曾提出放行。',
    en: 'Nobody has proposed this range.',
  },
  'insurer/same-person': {
    zh: '提出与批准须为两人。',
    en: 'Who proposed a range cannot approve it: it takes two persons.',
  },
  'insurer/own-key-needed': {
    zh: '放行网段的提出与批准须各以本人密钥签名，请以 canbao client-key operator/<姓名> 签发，并设 CANBAO_CLIENT 与 CANBAO_KEY。',
    en: 'A range is proposed and approved with keys of two persons: issue one with "canbao client-key operator/<name>" and set CANBAO_CLIENT and CANBAO_KEY.',
  },
  'messages/no-such-message': { zh: '没有该报文。', en: 'There is no such message.' },
  'messages/not-to-be-replayed': {
    zh: '该报文状态为 {state}，不能重发。',
    en: 'The message is {state}; it cannot be sent again.',
  },
  'messages/answer-not-valid': {
    zh: '应答正文不是有效的报文，未予采纳。请更正后以新编号另发。',
    en: 'What stands in your answer is no valid message and was not taken. Correct it and send it under a new id.',
  },
  'messages/not-by-file': {
    zh: '该保险机构的报文不经文件网关传送。',
    en: 'The messages of this insurer do not travel as files.',
  },
} as const;
