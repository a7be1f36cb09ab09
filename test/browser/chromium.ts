import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Where this machine has a Chromium; undefined when it has none. */
export const chromiumPath = [chromium.executablePath(), ...places].find((path) => existsSync(path));

/** What to call tests that need a browser: says what is missing where they are skipped. */
export const inChromium =
  chromiumPath === undefined ? 'in Chromium (skipped: none found; apt-get install chromium)' : 'in Chromium';

// Inside a container there is no second sandbox to be had; the pages are our own.
export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox'] });
