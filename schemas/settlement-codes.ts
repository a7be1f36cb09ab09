/** Every coded "no" that a settlement can say: to the core system at the door, to an insurer by `claim.refused`. */
export const settlementCodes = {
  'settlement/not-computable': {
    zh: '无法计算各方支付：{why}。请补充医院等级、人员类别或政策范围内金额，或由核心系统计算后再报。',
    en: 'What the funds pay cannot be worked out: {why}. Send the hospital level, the category of the person or the amount within the scope, or the tiers as computed.',
  },
  'settlement/bad-bill': {
    zh: '结算报文不符合要求。请按接口文档更正后以同一结算编号重新提交。',
    en: 'The bill is not what the interface asks for. Correct it and send it again under the same id.',
  },
  'settlement/too-large': {
    zh: '结算报文超过 {limit} 字节。',
    en: 'The bill is longer than {limit} bytes.',
  },
  'settlement/unusable-certificate': {
    zh: '证件号码无法识别（{defect}）。请核对后以同一结算编号重新提交。',
    en: 'The certificate number cannot be used ({defect}). Correct it and send it again under the same id.',
  },
  'settlement/sums-differ': {
    zh: '账单合计不平，已登记为差异，不予结算。请更正后以新的结算编号提交。',
    en: 'The sums of the bill do not fit. It is kept as a difference and not settled; send a correct one under a new id.',
  },
  'settlement/same-id-other-content': {
    zh: '结算编号 {setl_id} 已用于内容不同的结算，已登记为差异。',
    en: 'Settlement {setl_id} is known with other content; this is kept as a difference.',
  },
  'settlement/reversal-differs': {
    zh: '退费结算与原结算 {orig_setl_id} 不符（{field}），已登记为差异，未予退费。只能整单退费：人员、机构相同，各项金额全部取负；部分退费请整单退费后以新的结算编号重新结算。',
    en: 'The reversal does not match settlement {orig_setl_id} ({field}); it is kept as a difference and nothing was reversed. A bill is reversed as a whole: same person and provider, every amount negative. To take back a part, reverse the whole and settle the rest under a new id.',
  },
  'settlement/no-such-settlement': { zh: '没有该结算。', en: 'There is no such settlement.' },
  'settlement/nothing-open': {
    zh: '该结算没有待办的商保份额，无需人工办结。',
    en: 'No share of this settlement is open: there is nothing to settle by hand.',
  },
  'settlement/no-such-share': {
    zh: '该结算没有贵司该保单的份额。',
    en: 'The settlement has no share of this policy of yours.',
  },
  'settlement/not-this-notice': {
    zh: '应答的不是该通知的理赔：该通知为结算 {setl_id}、保单 {policy_no} 而发。请以 claim.adjudicated 另发该结算的答复。',
    en: 'This is not the claim of the notice that it answers, which is of settlement {setl_id}, policy {policy_no}. Send the answer to that one as a claim.adjudicated.',
  },
  'settlement/not-asked-yet': {
    zh: '尚未轮到该份额，未向贵司发出通知。',
    en: 'It is not the turn of this share yet: no notice has gone out.',
  },
  'settlement/above-remainder': {
    zh: '赔付金额超过剩余个人负担。请以不超过 remaining_amt 的金额重新答复。',
    en: 'The amount is above what is left to the patient. Answer again with at most remaining_amt.',
  },
  'settlement/amount-not-allowed': {
    zh: '金额与结论不符：金额不得为负，拒赔时须为 0。',
    en: 'The amount does not go with the decision: it is never below 0, and 0 when declined.',
  },
  'settlement/already-answered': {
    zh: '该份额已按另一答复入账，本答复未采纳，已登记为差异。',
    en: 'The share was posted by another answer; this one was not taken and is kept as a difference.',
  },
  'settlement/share-voided': {
    zh: '该份额已作废（{reason}），不接受答复。',
    en: 'The share is void ({reason}): no answer is taken.',
  },
  'settlement/answer-late': {
    zh: '答复已逾期，已登记，不改变金额。请由参保人自行申请理赔。',
    en: 'The answer came too late; it is recorded and changes no money. The person claims by hand.',
  },
  'settlement/disputed': {
    zh: '该份额由枢纽按产品条款计算并已入账；异议已登记为差异，金额不变。',
    en: 'This share was computed here by the declared rules and is posted; your dispute is kept as a difference.',
  },
  'settlement/paid-differs': {
    zh: '支付金额与入账金额不符，已登记为差异。',
    en: 'The amount paid is not the amount posted; this is kept as a difference.',
  },
  'settlement/no-preview-of-reversal': {
    zh: '退费结算不提供预结算。',
    en: 'A reversal has no preview.',
  },
  'settlement/busy': {
    zh: '该参保人的其他结算正在办理，请稍后以同样内容重试。',
    en: 'Other settlements of this person are under way; send the same again in a moment.',
  },
  'policy/bad-certificate': {
    zh: '证件号码无法识别。请核对后重新发送。',
    en: 'The certificate number cannot be used. Correct it and send the policy again.',
  },
  'policy/bad-dates': {
    zh: '保险期间或授权期间起止颠倒。',
    en: 'The policy, or its consent, ends before it begins.',
  },
  'policy/from-the-future': {
    zh: '报文时间晚于枢纽时间。请核对时钟后重新发送。',
    en: 'The message is dated later than now. Check the clock and send it again.',
  },
  'policy/no-product': {
    zh: '保单已留存，但该产品尚未登记：登记之前不会收到结算通知。请核对产品代码，或请医保经办登记；无需重发。',
    en: 'The policy is kept, but its product is not declared: until it is, there are no notices. Check the product code, or ask the bureau to declare it; nothing has to be sent again.',
  },
  'policy/unknown': {
    zh: '没有该保单号、分单号的保单：报文已留存，目前未停止任何通知，保单到达时一并适用。请核对保单号与分单号；如有误，请更正后以新编号重发。',
    en: 'No policy of this policy_no and policy_sub_no is known: the message is kept and stops nothing now; it counts when the policy comes. Check both numbers; if they are wrong, correct them and send it again under a new id.',
  },
  'policy/consent-not-in-force': {
    zh: '该 consent_no 不是本保单现行的授权：该编号已作废，其他授权不受影响，现行授权有效期内的通知照常发出。若本人撤销的是现行授权，请以其 consent_no 另发 consent.revoked；若确为先前的授权，无需处理。',
    en: 'This consent_no is not the consent in force of the policy: the number is dead, nothing else is stopped, and notices go on under the consent in force. If that is the one the person revoked, send consent.revoked with its consent_no; if an earlier one was meant, nothing has to be done.',
  },
  'policy/consent-revoked': {
    zh: '保单已留存，但其 consent_no 已被撤销，不再生效：不会收到结算通知。重新取得授权的，请以新的 consent_no 重新发送。',
    en: 'The policy is kept, but its consent_no was revoked and never counts again: there are no notices. After a new consent send the policy again with the new consent_no.',
  },
  'statement/no-product': {
    zh: '对账单已留存，但该产品尚未登记，其明细将登记为差异。请核对产品代码；如有误，请以正确代码重发，并以本代码另发一份空对账单。',
    en: 'The statement is kept, but its product is not declared: its items stand as differences. Check the product code; if it is wrong, send the statement with the right one, and an empty one with this.',
  },
  'statement/day-ahead': {
    zh: '对账单已留存，但所对之日尚未到来，该日结束之前不予核对。请核对 day；如有误，请更正后以新编号重发。',
    en: 'The statement is kept, but its day has not come: nothing is compared until that day is over. Check day; if it is wrong, correct it and send the statement again under a new id.',
  },
  'product/no-insurer': {
    zh: '保险机构 {insurer} 尚未登记，该产品的通知无处可发。请先登记（canbao insurer add），再登记产品。',
    en: 'Insurer {insurer} is not set up, so nothing could be sent to it: set it up (canbao insurer add), then declare its product.',
  },
  'product/invalid': { zh: '产品声明有误：{zh}。', en: 'The product declaration is invalid: {en}.' },
} as const;
