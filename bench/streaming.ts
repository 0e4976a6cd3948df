// Streams tokens into the Edit Bench's page in a browser and prints how evenly the page drew: `npm run bench:streaming`, or with
// another number of tokens `npm run bench:streaming -- 2000`.
import { launchChromium, provideChromium } from '../test/support/chromium.ts';
import { measureStreaming } from '../test/page/support/streaming.ts';

// What the demo's context holds.
const TOKENS = Number(process.argv[2] ?? 512);
const PACE = 200;

const browser = await launchChromium(await provideChromium());
console.log(JSON.stringify(await measureStreaming(browser, TOKENS, PACE), null, 2));
await browser.close();
