import * as vscode from 'vscode';

import type { ModelDescription } from '../../protocol/model-description.ts';
import type { Notifier } from '../notify.ts';
import type { Session } from '../session.ts';
import type { ModelPrompt } from './transcript/model-prompt.ts';

/** A prompt as the model that is open takes it; says so when turns of a chat had to be run together. */
export async function fitToOpenModel<Fit extends ModelPrompt>(
  session: Session,
  notifier: Notifier,
  fit: (model: ModelDescription) => Fit,
): Promise<Fit & { readonly model: ModelDescription }> {
  const { description: model } = await session.requireModel();
  const fitted = fit(model);
  if (fitted.isRunTogether) {
    void notifier.done(
      vscode.l10n.t('{0} has no chat template: the turns of the chat were run together as one text.', model.name),
    );
  }
  return { ...fitted, model };
}
