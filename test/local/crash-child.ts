import { startHub } from '../../infra/local/hub.ts';
import { testTemplate } from './stack.ts';

// A hub in a process of its own, for tests that kill it. Says on stdout where it is; runs until it is ended.
const [data] = process.argv.slice(2);
const hub = await startHub({
  template: testTemplate(),
  data,
  secret: 'a secret of at least thirty-two characters',
  schedules: false,
});
process.on('SIGTERM', () => void hub.stop());
console.log(JSON.stringify({ endpoints: hub.endpoints, names: hub.resourceNames, queueUrls: hub.queueUrls }));
