import { setTimeout as delay } from 'node:timers/promises';
import type { Browser } from 'playwright-core';

import type { Server } from './server.ts';

const LISTENS_WITHIN = 5_000;

export interface MemoryUse {
  /** Bytes of JavaScript objects, and of buffers outside of the heap, that are in use after a garbage collection. */
  readonly used: number;
  readonly resident: number;
}

/** Node listens for a debugger after SIGUSR1, and says where; the server's log has what its extension hosts say. */
async function debuggerOf(id: number, server: Server): Promise<string> {
  process.kill(id, 'SIGUSR1');
  const said = new RegExp(`<${id}><stderr> Debugger listening on (ws://\\S+)`);
  for (const end = Date.now() + LISTENS_WITHIN; Date.now() < end;) {
    const address = said.exec(server.log)?.[1];
    if (address !== undefined) return address;
    await delay(50);
  }
  throw new Error(`Process ${id} does not listen for a debugger; is port 9229 in use?`);
}

/** What an extension host holds, asked by its debugger. The browser lends its WebSocket, which Node 20 lacks. */
export async function memoryOf(id: number, server: Server, browser: Browser): Promise<MemoryUse> {
  const address = await debuggerOf(id, server);
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const expression = `new Promise((resolve, reject) => {
      const socket = new WebSocket(${JSON.stringify(address)});
      const send = (id, method, params = {}) => socket.send(JSON.stringify({ id, method, params }));
      socket.onerror = () => reject(new Error('The debugger does not answer.'));
      socket.onopen = () => send(1, 'HeapProfiler.collectGarbage');
      socket.onmessage = ({ data }) => {
        const { id, result } = JSON.parse(data);
        if (id === 1) send(2, 'Runtime.evaluate', { expression: 'process.memoryUsage()', returnByValue: true });
        if (id === 2) resolve(result.result.value);
      };
    })`;
    const { heapUsed, external, rss } = await page.evaluate<NodeJS.MemoryUsage>(expression);
    return { used: heapUsed + external, resident: rss };
  } finally {
    await context.close();
  }
}
