import * as vscode from 'vscode';

import type { Prompt } from '../../protocol/prompt.ts';
import type { Notifier } from '../notify.ts';
import type { Session } from '../session.ts';
import { promptForModel } from './transcript/model-prompt.ts';

/** A prompt as the model that is open takes it; says so when turns of a chat had to be run together. */
export async function promptForOpenModel(session: Session, notifier: Notifier, prompt: Prompt): Promise<Prompt> {
  const { description } = await session.requireModel();
  const fit = promptForModel(prompt, description.chatTemplate);
  if (fit.isRunTogether) {
    void notifier.done(
      vscode.l10n.t('{0} has no chat template: the turns of the chat were run together as one text.', description.name),
    );
  }
  return fit.prompt;
}
