import * as l10n from '@vscode/l10n';
import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';

import type { BenchModel, EditDraft } from '../../src/protocol/bench-state.ts';
import type { PredictedRates, Strictness } from '../../src/protocol/calibration.ts';
import type { EditOutline } from '../../src/protocol/router-state.ts';
import {
  HIGHEST_SCORE,
  radiusOf,
  STRICTNESS,
  STRICTNESSES,
  strictnessOf,
  thresholdOf,
} from '../../src/protocol/two-part.ts';
import { BenchElement } from './bench-element.ts';
import { choice } from './choice.ts';
import { differs } from './differs.ts';
import { numberField } from './number-field.ts';

const OWN = 'own';

/** What the choice is shown, a part of the state. */
export interface StrictnessState {
  readonly draft: EditDraft;
  readonly model: BenchModel | null;
  readonly outline: EditOutline | null;
}

/** How readily an edit fires: a named setting with what it is expected to do, or a score of one's own. */
export class StrictnessChoice extends BenchElement {
  static override properties: PropertyDeclarations = {
    state: { attribute: false, hasChanged: differs },
    own: { state: true },
  };

  declare state: StrictnessState;
  declare write: (draft: EditDraft) => void;
  /** Whether a score is being written, which may be a named one on the way. */
  declare private own: boolean;

  constructor() {
    super();
    this.own = false;
  }

  protected override render(): TemplateResult {
    const { draft, model, outline } = this.state;
    const threshold = thresholdOf(this.#radius);
    const named = this.own ? null : strictnessOf(this.#radius);
    const rates = model?.router.calibrated.find(({ kind }) => kind === draft.prompt.kind)?.rates;
    const options = STRICTNESSES.map((value) => ({
      value,
      label: l10n.t('{0}, from score {1} on', strictnessName(value), STRICTNESS[value].toFixed(2)),
    }));
    return html`${choice<Strictness | typeof OWN>(
        { id: 'strictness', label: l10n.t('Strictness') },
        named ?? OWN,
        [...options, { value: OWN, label: l10n.t('A score of your own') }],
        this.#choose,
      )}
      ${named === null ? this.#score(threshold) : nothing}
      <p class="help">
        ${named !== null && rates ? ratesWords(rates[named]) : nothing} ${floorWords(threshold, outline)}
      </p>`;
  }

  #score(threshold: number): TemplateResult {
    return numberField(
      {
        id: 'score',
        label: l10n.t('Score from which it fires'),
        help: l10n.t('From 0, nearly everything about the subject, to 1.2, the prompt alone.'),
        least: 0,
        most: HIGHEST_SCORE,
      },
      Number(threshold.toFixed(4)),
      (value) => {
        // A radius of 0 is no radius; the prompt itself always fires.
        if (value !== null) this.#set(Math.max(radiusOf(value), LEAST_RADIUS));
      },
    );
  }

  get #radius(): number {
    const { draft, model } = this.state;
    return draft.radius ?? model?.radius ?? radiusOf(STRICTNESS.balanced);
  }

  readonly #choose = (value: Strictness | typeof OWN): void => {
    this.own = value === OWN;
    if (value !== OWN) this.#set(radiusOf(STRICTNESS[value]));
  };

  #set(radius: number): void {
    this.write({ ...this.state.draft, radius });
  }
}

customElements.define('grace-strictness', StrictnessChoice);

const LEAST_RADIUS = 1e-6;

export function strictnessName(strictness: Strictness): string {
  switch (strictness) {
    case 'strict':
      return l10n.t('Strict');
    case 'balanced':
      return l10n.t('Balanced');
    case 'loose':
      return l10n.t('Loose');
  }
}

const ratesWords = ({ reworded, otherQuestion }: PredictedRates): string =>
  l10n.t(
    'Expected: {0} of rewordings fire, {1} of other questions about the same subject do not.',
    percent(reworded),
    percent(otherQuestion),
  );

/** What holds now: a full codebook asks for more than the setting. */
function floorWords(threshold: number, outline: EditOutline | null): string {
  const theta = Math.max(threshold, outline?.floor ?? 0).toFixed(2);
  return outline && outline.floor > threshold
    ? l10n.t('θ = {0}: with so many edits, fewer than one in a hundred unrelated questions may fire.', theta)
    : l10n.t('θ = {0}.', theta);
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
