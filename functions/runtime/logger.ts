import { Logger } from '@aws-lambda-powertools/logger';

/** Ids, counts and codes only: a log line never holds a name or a certificate number. */
export const logger = new Logger({ serviceName: 'canbao' });
