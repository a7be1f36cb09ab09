import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

export const metrics = new Metrics({ namespace: 'canbao', serviceName: 'canbao' });
export { MetricUnit };
