import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { z } from 'zod';
import { environment } from './env.ts';

const env = environment({ S3_FORCE_PATH_STYLE: z.stringbool().default(false) });

// Region, credentials and endpoints come from the standard AWS environment variables.
export const s3 = new S3Client({
  forcePathStyle: env.S3_FORCE_PATH_STYLE,
  // Else a signed upload address would carry the checksum of an empty body.
  requestChecksumCalculation: 'WHEN_REQUIRED',
});
export const sqs = new SQSClient({});
export const dynamodb = new DynamoDBClient({
  // Where clocks differ by four minutes, the SDK takes every error for one of the signature's time and sends again: a
  // condition that does not hold would be asked twice, and a write sent twice may have met itself (transact.ts).
  disableClockSkewCorrection: true,
});
