import { LitElement } from 'lit';

/**
 * A part of the Edit Bench. It renders into the page itself, not into a shadow: labels, descriptions and text selections reach
 * across parts, and one style sheet serves all.
 */
export abstract class BenchElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** Puts the focus on the first thing inside that a selector finds, once what was changed is shown. */
  protected async focusOn(selector: string): Promise<void> {
    await shown();
    this.querySelector<HTMLElement>(selector)?.focus();
  }
}

/** Resolves when every part of the page shows the state: parts render one after the other, each a turn of its own. */
export function shown(): Promise<void> {
  return new Promise((resolve) => {
    window.setTimeout(resolve);
  });
}
