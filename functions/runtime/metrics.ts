import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Measure } from './ports.ts';

const metrics = new Metrics({ namespace: 'canbao', serviceName: 'canbao' });

export const measure: Measure = (metric, value) => {
  metrics.addMetric(metric, MetricUnit.Count, value);
  metrics.publishStoredMetrics();
};
