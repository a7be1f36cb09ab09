import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { logger } from './logger.ts';
import { faultOf } from './queues.ts';

export type RawRequest = {
  /** A part of the path. */
  parameter(name: string): string;
  /** By its name in small letters. */
  header(name: string): string | undefined;
  /** The very bytes that were sent. */
  readonly body: Uint8Array;
};

/** Anything from 400 on is an RFC 9457 problem document. */
export type RawAnswer = { readonly status: number; readonly body: unknown };

/** One route whose requests are judged by their raw bytes. */
export function rawHttpHandler(
  answer: (request: RawRequest) => Promise<RawAnswer>,
): (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2> {
  const handler = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
    try {
      return onWire(await answer(requestOf(event)));
    } catch (error) {
      logger.error('request failed', { fault: faultOf(error) });
      return onWire(fault);
    }
  };
  return middy(handler) as unknown as (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;
}

function requestOf({ pathParameters, headers, body = '', isBase64Encoded }: APIGatewayProxyEventV2): RawRequest {
  return {
    parameter: (name) => pathParameters?.[name] ?? '',
    header: (name) => headers[name],
    body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
  };
}

function onWire({ status, body }: RawAnswer): APIGatewayProxyStructuredResultV2 {
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  return {
    statusCode: status,
    headers: { 'content-type': `${type}; charset=utf-8` },
    body: JSON.stringify(body),
  };
}

const fault: RawAnswer = {
  status: 500,
  body: {
    type: 'https://canbao.example/problems/fault',
    status: 500,
    code: 'fault',
    title: '系统故障，请稍后重试',
    detail: 'Something went wrong here; please try again',
  },
};
