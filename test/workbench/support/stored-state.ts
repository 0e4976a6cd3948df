import type { Page } from 'playwright-core';

/** Runs in the page, where the databases are. */
const READ_ALL = `(async () => {
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const texts = [];
  for (const { name } of await indexedDB.databases()) {
    const database = await done(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      texts.push(...(await done(database.transaction(store).objectStore(store).getAll())));
    }
    database.close();
  }
  return texts.filter((text) => typeof text === 'string').join('\\n');
})()`;

/**
 * What this VS Code has written of its state. A browser's page has no time for that when it is loaded again, and what an
 * extension remembers is written a while after it says so; on the desktop nothing is lost.
 */
export const storedState = (page: Page): Promise<string> => page.evaluate<string>(READ_ALL);
