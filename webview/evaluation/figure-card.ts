import * as l10n from '@vscode/l10n';
import { html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from 'lit';

import { BenchElement } from '../bench/bench-element.ts';
import { linkedEdit, type Figure, type PointEdit, type TableRow } from '../pictures/figure.ts';

/** Narrower pictures than this scroll instead. */
const LEAST_WIDTH = 360;
/** Rows that a table shows; the export has all of them. */
const MOST_ROWS = 500;

/** A figure: its picture, whose points lead to edits, and the same numbers as a table. */
export class FigureCard extends BenchElement {
  static override properties: PropertyDeclarations = {
    figure: { attribute: false },
    isOpen: { state: true },
    width: { state: true },
  };

  declare figure: Figure;
  declare open: (edit: PointEdit) => void;
  declare private isOpen: boolean;
  declare private width: number;
  readonly #size = new ResizeObserver(([entry]) => {
    this.width = Math.max(LEAST_WIDTH, Math.floor(entry!.contentRect.width));
  });

  constructor() {
    super();
    this.isOpen = false;
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
    const hasEdits = table.rows.some(({ edit }) => edit);
    const shown = table.rows.slice(0, MOST_ROWS);
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${title}>
        <table>
          <thead>
            <tr>
              ${table.columns.map((column) => html`<th scope="col">${column}</th>`)}
              ${hasEdits ? html`<th scope="col">${l10n.t('Edit')}</th>` : nothing}
            </tr>
          </thead>
          <tbody>
            ${shown.map((row) => this.#row(row, hasEdits))}
          </tbody>
        </table>
      </div>
      ${
        shown.length < table.rows.length
          ? html`<p class="help">
              ${l10n.t('The first {0} of {1} rows; the export has all.', shown.length, table.rows.length)}
            </p>`
          : nothing
      }`;
  }

  #row({ cells, edit }: TableRow, hasEdits: boolean): TemplateResult {
    const button = (to: PointEdit): TemplateResult =>
      html`<button
        class="link"
        type="button"
        aria-label=${l10n.t('Open edit {0} by {1}', to.row + 1, to.method)}
        @click=${() => {
          this.open(to);
        }}
      >
        ${l10n.t('Open')}
      </button>`;
    return html`<tr>
      ${cells.map((cell) => html`<td>${cell}</td>`)}
      ${hasEdits ? html`<td>${edit ? button(edit) : nothing}</td>` : nothing}
    </tr>`;
  }

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
