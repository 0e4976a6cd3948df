import axe, { type AxeResults } from 'axe-core';
import type { Frame, Page } from 'playwright-core';

/** What axe finds wrong with a page, one line each with the elements that are meant; empty when there is nothing. `rules`: these alone. */
export async function violations(page: Page | Frame, rules?: readonly string[]): Promise<readonly string[]> {
  const options = rules ? { runOnly: { type: 'rule', values: rules } } : {};
  if (!(await page.evaluate<boolean>(`'axe' in window`))) await page.evaluate(axe.source);
  const { violations: found } = await page.evaluate<AxeResults>(`window.axe.run(document, ${JSON.stringify(options)})`);
  return found.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map(({ target, html, any }) => `${target.join(' ')} ${html} ${any.map(({ message }) => message).join(' ')}`).join('; ')}`,
  );
}
