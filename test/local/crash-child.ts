import { readFileSync } from 'node:fs';
import { startHub } from '../../infra/local/hub.ts';

// A hub in a process of its own, for tests that kill it. Says on stdout where it is.
const [template = '', data] = process.argv.slice(2);
const secret = 'a secret of at least thirty-two characters';
const hub = await startHub({ template: JSON.parse(readFileSync(template, 'utf8')), data, secret, schedules: false });
const { url, endpoints, resourceNames: names, queueUrls } = hub;
console.log(JSON.stringify({ endpoints, url, names, queueUrls }));
