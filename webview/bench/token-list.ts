import * as l10n from '@vscode/l10n';

import type { FinishReason, GeneratedToken } from '../../src/protocol/generation.ts';
import { shadeOf } from './probability.ts';
import { TokenSelection, type TokenRange } from './token-selection.ts';
import { visible } from './words.ts';

/** A token that a person looks at, and where it stands. */
export interface SeenToken {
  readonly index: number;
  readonly place: DOMRect;
}

/** What a list of tokens tells whoever shows it. */
export interface TokenListeners {
  /** Null when no token is looked at any more. */
  readonly seen: (token: SeenToken | null) => void;
  readonly selected: (range: TokenRange | null) => void;
  /** The person wants to edit what is selected. */
  readonly edit: (range: TokenRange) => void;
}

/**
 * The tokens of an answer, one element each. They are appended as they come, and never rendered again: at 200 a second a page
 * that renders its list anew for each frame falls behind. One of them takes part in the order of the Tab key; arrows move on.
 */
export class TokenList extends HTMLElement {
  readonly #selection = new TokenSelection();
  #listeners: TokenListeners | null = null;
  #tokens: readonly GeneratedToken[] = [];
  #items: HTMLSpanElement[] = [];
  #finish: FinishReason | null = null;
  #active = 0;
  /** The item that the Tab key leads to. */
  #tabStop: HTMLSpanElement | undefined;
  #describedBy = '';

  set listeners(listeners: TokenListeners) {
    this.#listeners = listeners;
  }

  /** Id of the element that tells of the token that is looked at. */
  set describedBy(id: string) {
    this.#describedBy = id;
  }

  set tokens(tokens: readonly GeneratedToken[]) {
    if (!continues(tokens, this.#tokens)) this.#clear();
    const items = tokens.slice(this.#items.length).map((token, offset) => itemOf(token, this.#items.length + offset));
    this.append(...items);
    this.#items.push(...items);
    this.#tokens = tokens;
    this.#showActive();
    this.#markEnd();
  }

  set finish(finish: FinishReason | null) {
    this.#finish = finish;
    this.#markEnd();
  }

  get range(): TokenRange | null {
    return this.#selection.range;
  }

  /** Puts the focus on the token that had it last. */
  focusActive(): void {
    this.#items[this.#active]?.focus();
  }

  connectedCallback(): void {
    this.setAttribute('role', 'listbox');
    this.setAttribute('aria-multiselectable', 'true');
    this.addEventListener('keydown', this.#keyDown);
    this.addEventListener('focusin', this.#focusIn);
    this.addEventListener('focusout', this.#leave);
    this.addEventListener('pointerover', this.#pointerOver);
    this.addEventListener('pointerleave', this.#leave);
    document.addEventListener('selectionchange', this.#selectionChange);
  }

  disconnectedCallback(): void {
    document.removeEventListener('selectionchange', this.#selectionChange);
  }

  readonly #keyDown = (event: KeyboardEvent): void => {
    const { key, shiftKey } = event;
    const range = this.#selection.range;
    if (key === 'Escape' && range) {
      this.#select(null);
      event.stopPropagation();
      return;
    }
    if ((event.ctrlKey || event.metaKey) && key.toLowerCase() === 'a') {
      this.#select({ from: 0, to: this.#items.length });
    } else if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    } else if (key === 'Enter' || key.toLowerCase() === 'e') {
      this.#listeners?.edit(range ?? { from: this.#active, to: this.#active + 1 });
    } else if (key === ' ') {
      this.#select(range ? null : { from: this.#active, to: this.#active + 1 });
    } else {
      const to = this.#destination(key);
      if (to === null) return;
      if (shiftKey) this.#extend(to);
      this.#items[to]?.focus();
    }
    event.preventDefault();
  };

  readonly #focusIn = (event: FocusEvent): void => {
    const index = this.#indexOf(event.target);
    if (index === null) return;
    this.#active = index;
    this.#showActive();
    // Who clicks a token sees it already.
    if (this.#items[index]!.matches(':focus-visible')) this.#see(index);
  };

  readonly #pointerOver = (event: PointerEvent): void => {
    // While a button is down, text is being selected.
    if (event.buttons !== 0) return;
    const index = this.#indexOf(event.target);
    if (index !== null) this.#see(index);
  };

  readonly #leave = (): void => {
    this.#listeners?.seen(null);
  };

  readonly #selectionChange = (): void => {
    const selected = this.#selection.ofDocument(this, this.#items);
    if (selected !== undefined) this.#select(selected);
  };

  #see(index: number): void {
    this.#items[index]!.setAttribute('aria-describedby', this.#describedBy);
    this.#listeners?.seen({ index, place: this.#items[index]!.getBoundingClientRect() });
  }

  /** Where a key leads from the token that has the focus; null for keys that lead nowhere. */
  #destination(key: string): number | null {
    const shown = this.#items.flatMap((item, index) => (item.hidden ? [] : [index]));
    const at = shown.indexOf(this.#active);
    switch (key) {
      case 'ArrowRight':
        return shown[Math.min(at + 1, shown.length - 1)] ?? null;
      case 'ArrowLeft':
        return shown[Math.max(at - 1, 0)] ?? null;
      case 'Home':
        return shown[0] ?? null;
      case 'End':
        return shown.at(-1) ?? null;
      case 'ArrowDown':
        return this.#onNextLine(shown.slice(at + 1));
      case 'ArrowUp':
        return this.#onNextLine(shown.slice(0, Math.max(at, 0)).reverse());
      default:
        return null;
    }
  }

  /** The token of the first other line that is nearest to the focused one; candidates go away from it. */
  #onNextLine(candidates: readonly number[]): number {
    const place = (index: number): DOMRect => this.#items[index]!.getBoundingClientRect();
    const own = place(this.#active);
    const others = candidates.filter((index) => Math.abs(place(index).top - own.top) > own.height / 2);
    const line = others.filter((index) => Math.abs(place(index).top - place(others[0]!).top) <= own.height / 2);
    const distance = (index: number): number => Math.abs(place(index).left - own.left);
    return line.reduce((best, index) => (distance(index) < distance(best) ? index : best), line[0] ?? this.#active);
  }

  #extend(to: number): void {
    this.#select(this.#selection.extended(this.#active, to));
  }

  #select(range: TokenRange | null): void {
    if (!this.#selection.set(range)) return;
    this.#items.forEach((item, index) => {
      const isIn = range !== null && index >= range.from && index < range.to;
      if (isIn || item.hasAttribute('aria-selected')) item.setAttribute('aria-selected', String(isIn));
      item.classList.toggle('first', isIn && index === range.from);
    });
    this.#listeners?.selected(range);
  }

  #showActive(): void {
    // A token that shows nothing, such as a part of a character, takes no focus.
    if (this.#items[this.#active]?.hidden)
      this.#active = Math.max(
        this.#active,
        this.#items.findIndex(({ hidden }) => !hidden),
      );
    const item = this.#items[this.#active];
    if (item === this.#tabStop) return;
    if (this.#tabStop) this.#tabStop.tabIndex = -1;
    if (item) item.tabIndex = 0;
    this.#tabStop = item;
  }

  #markEnd(): void {
    const last = this.#items.at(-1);
    if (this.#finish !== 'eos' || !last || this.#tokens.at(-1)?.text !== '') return;
    last.hidden = false;
    last.classList.add('end');
    last.textContent = l10n.t('end');
    last.setAttribute('aria-label', l10n.t('end of the answer'));
  }

  #indexOf(target: EventTarget | null): number | null {
    const item = target instanceof Element ? target.closest<HTMLElement>('[role=option]') : null;
    const index = item ? Number(item.dataset['index']) : -1;
    return item !== null && this.#items[index] === item ? index : null;
  }

  #clear(): void {
    this.replaceChildren();
    this.#items = [];
    this.#active = 0;
    this.#selection.set(null);
    this.#listeners?.selected(null);
    this.#listeners?.seen(null);
  }
}

/** Whether tokens begin with those that are shown. */
function continues(tokens: readonly GeneratedToken[], shown: readonly GeneratedToken[]): boolean {
  const same = (index: number): boolean => {
    const [a, b] = [tokens[index], shown[index]];
    return a === b || (a?.id === b?.id && a?.text === b?.text && a?.logprob === b?.logprob);
  };
  // A list only ever grows at its end, or is another: its ends tell.
  return tokens.length >= shown.length && (shown.length === 0 || (same(0) && same(shown.length - 1)));
}

function itemOf({ text, logprob }: GeneratedToken, index: number): HTMLSpanElement {
  const item = document.createElement('span');
  item.setAttribute('role', 'option');
  item.setAttribute('aria-selected', 'false');
  item.dataset['index'] = String(index);
  item.className = `token shade-${shadeOf(logprob)}`;
  item.tabIndex = -1;
  item.textContent = text;
  item.hidden = text === '';
  if (text.includes('\n')) item.classList.add('line-break');
  if (text.trim() === '') item.setAttribute('aria-label', visible(text));
  return item;
}

customElements.define('grace-token-list', TokenList);
