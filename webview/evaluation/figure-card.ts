import * as l10n from '@vscode/l10n';
import { html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from 'lit';

import { BenchElement } from '../bench/bench-element.ts';
import { linkedEdit, type Cell, type Figure, type PointEdit } from '../pictures/figure.ts';

/** Narrower pictures than this scroll instead. */
const LEAST_WIDTH = 360;
/** Rows that a table begins with, and that are added to it at a time. */
const PAGE_ROWS = 500;

/** A figure: its picture, whose points lead to edits, and the same numbers as a table. */
export class FigureCard extends BenchElement {
  static override properties: PropertyDeclarations = {
    figure: { attribute: false },
    isOpen: { state: true },
    rows: { state: true },
    width: { state: true },
  };

  declare figure: Figure;
  declare open: (edit: PointEdit) => void;
  declare private isOpen: boolean;
  /** How many of the table's rows may be shown. */
  declare private rows: number;
  declare private width: number;
  readonly #size = new ResizeObserver(([entry]) => {
    this.width = Math.max(LEAST_WIDTH, Math.floor(entry!.contentRect.width));
  });

  constructor() {
    super();
    this.isOpen = false;
    this.rows = PAGE_ROWS;
    this.width = 0;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#size.disconnect();
  }

  protected override render(): TemplateResult {
    const { id, title, caption } = this.figure;
    return html`<figure class="card" aria-labelledby="figure-${id}">
      <h3 id="figure-${id}">${title}</h3>
      <div class="picture" @click=${this.#click}></div>
      <figcaption class="help">${caption}</figcaption>
      <details class="fold" @toggle=${this.#toggle}>
        <summary><span class="fold-title">${l10n.t('Numbers')}</span></summary>
        ${this.isOpen ? this.#table() : nothing}
      </details>
    </figure>`;
  }

  protected override firstUpdated(): void {
    this.#size.observe(this.#place);
  }

  protected override updated(changed: PropertyValues): void {
    if ((changed.has('figure') || changed.has('width')) && this.width > 0) this.#draw();
  }

  get #place(): HTMLElement {
    return this.querySelector<HTMLElement>('.picture')!;
  }

  #draw(): void {
    const picture = this.figure.draw(document, this.width);
    // The page's policy allows no style but that of its sheet, which has these rules.
    picture.querySelector('style')?.remove();
    picture.setAttribute('role', 'img');
    // A picture is one thing for a screen reader, and no part of it has a name of its own.
    for (const part of picture.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label');
    for (const link of picture.querySelectorAll<SVGAElement>('a')) link.replaceWith(pointOf(link));
    this.#place.replaceChildren(picture);
  }

  #table(): TemplateResult {
    const { title, table } = this.figure;
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${title}>
        <table>
          <thead>
            <tr>
              ${table.columns.map((column) => html`<th scope="col">${column}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${table.rows.slice(0, this.rows).map((row, at) => this.#row(row, at))}
          </tbody>
        </table>
      </div>
      ${table.rows.length > PAGE_ROWS ? this.#pager(table.rows.length) : nothing}`;
  }

  #pager(count: number): TemplateResult {
    const shown = Math.min(this.rows, count);
    const more = Math.min(PAGE_ROWS, count - shown);
    return html`<div class="actions">
      <span class="hint" aria-live="polite">${l10n.t('{0} of {1} rows', shown, count)}</span>
      ${
        more > 0
          ? html`<button class="button secondary" type="button" @click=${this.#showMore}>
              ${l10n.t('Show {0} more', more)}
            </button>`
          : nothing
      }
    </div>`;
  }

  #row(cells: readonly Cell[], at: number): TemplateResult {
    const beginsPage = at > 0 && at % PAGE_ROWS === 0;
    return html`<tr tabindex=${beginsPage ? -1 : nothing}>
      ${cells.map((cell) => this.#cell(cell))}
    </tr>`;
  }

  #cell(cell: Cell): TemplateResult {
    if (typeof cell !== 'object') return html`<td>${cell}</td>`;
    const { value, edit, label } = cell;
    return html`<td>
      <button
        class="link"
        type="button"
        aria-label=${label}
        @click=${() => {
          this.open(edit);
        }}
      >
        ${value}
      </button>
    </td>`;
  }

  /** The button keeps the focus until it goes; then the first row that it has brought has it. */
  readonly #showMore = (): void => {
    const before = this.rows;
    this.rows += PAGE_ROWS;
    if (this.rows >= this.figure.table.rows.length) void this.focusOn(`tbody tr:nth-child(${before + 1})`);
  };

  readonly #toggle = (event: Event): void => {
    this.isOpen = (event.target as HTMLDetailsElement).open;
  };

  readonly #click = (event: Event): void => {
    const point = event.target instanceof Element ? event.target.closest('[data-edit]') : null;
    const edit = linkedEdit(point?.getAttribute('data-edit') ?? '');
    if (edit) this.open(edit);
  };
}

/** A point to click on. Links would be thousands of stops for the keyboard, which opens edits from the table. */
function pointOf(link: SVGAElement): Element {
  const point = document.createElementNS('http://www.w3.org/2000/svg', 'g');
  point.setAttribute('data-edit', link.href.baseVal);
  point.append(...link.childNodes);
  return point;
}

customElements.define('grace-figure', FigureCard);
