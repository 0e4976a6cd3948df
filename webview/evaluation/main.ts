import * as l10n from '@vscode/l10n';
import '@vscode-elements/elements/dist/vscode-progress-bar/index.js';

import { EvaluationApp } from './evaluation-app.ts';

// Before anything says a word.
l10n.config({ contents: document.getElementById('texts')?.textContent ?? '{}' });
document.body.append(new EvaluationApp());
