import { z } from 'zod';

/**
 * 医疗类别: two digits of the national list (11 普通门诊, 21 普通住院, 41 药店 …), then up to four that an area adds. No
 * list: areas have codes of their own, and none of them is refused.
 */
export const MedType = z.string().regex(/^\d{2,6}$/, {
  error: '医疗类别应为两至六位数字代码，如 21 · a code of two to six digits, such as 21',
});
