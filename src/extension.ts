import path from 'node:path';
import * as vscode from 'vscode';

import { BenchPanel } from './host/bench/bench-panel.ts';
import { benchProbes } from './host/bench/default-probes.ts';
import { CalibrateCommand } from './host/calibration/calibrate-command.ts';
import { CodebookExplorer } from './host/codebook/codebook-explorer.ts';
import { CodebookLocator } from './host/codebook/codebook-locator.ts';
import { Demo } from './host/demo/demo.ts';
import { EditorIntegration } from './host/editor/editor-integration.ts';
import { CrashMessage } from './host/engine/crash-message.ts';
import { IdleTimer } from './host/engine/idle-timer.ts';
import { EvaluationEngine } from './host/evaluation/evaluation-engine.ts';
import { EvaluationView } from './host/evaluation/evaluation-view.ts';
import { FireCounts } from './host/fire-counts.ts';
import { machineName } from './host/machine.ts';
import { CudaCommands } from './host/model/cuda-commands.ts';
import { LanguageStatus } from './host/model/language-status.ts';
import { embeddedModels } from './host/model/embedded-models.ts';
import { ModelChooser } from './host/model/model-chooser.ts';
import { ModelCommands } from './host/model/model-commands.ts';
import { ModelKindContext } from './host/model/model-kind-context.ts';
import { ModelOpener } from './host/model/model-opener.ts';
import { ModelView } from './host/model/model-view.ts';
import { RecentModels } from './host/model/recent-models.ts';
import { Notifier } from './host/notify.ts';
import { Session } from './host/session.ts';
import { EditTests } from './host/testing/edit-tests.ts';
import { Progress } from './host/walkthrough.ts';

/** Composition root of the extension: constructs and registers, and starts nothing. */
export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('GRACE', { log: true });
  const notifier = new Notifier(log);
  const counts = new FireCounts(context.globalState);
  const locator = new CodebookLocator(context);
  const recent = new RecentModels(context.globalState);
  const embedded = embeddedModels(context);
  const demoFolder = embedded[0].path;
  const opener = new ModelOpener(demoFolder, new ModelChooser(embedded, recent), recent, locator);
  const script = context.asAbsolutePath(path.join('dist', 'engine.js'));
  const session = new Session(script, () => opener.find(), counts, log);

  const run = async (command: string): Promise<void> => vscode.commands.executeCommand(command);
  const bench: BenchPanel = new BenchPanel(context, session, {
    revealEdit: (edit) => explorer.revealEdit(edit),
    openModel: async () => {
      await opener.choose(session);
    },
    tryDemo: () => demo.openModel(),
    chooseHook: (hook) => opener.chooseHook(session, hook),
    calibrate: () => run('grace.calibrate'),
    createCodebook: () => run('grace.createCodebook'),
    machine: machineName,
  });
  const explorer: CodebookExplorer = new CodebookExplorer(context, session, counts, locator, bench, notifier);
  const editor: EditorIntegration = new EditorIntegration(context, session, notifier, bench, benchProbes);
  const demo: Demo = new Demo(context, session, opener, editor.flags);

  const experiments = new EvaluationEngine(script, log);
  const evaluation = new EvaluationView(context, {
    engine: experiments,
    locator,
    reports: explorer.reports,
    notifier,
  });

  const tests = new EditTests({ session, notifier, showCodebook: () => explorer.openLast() });

  context.subscriptions.push(
    ...[log, session, bench, explorer, editor, tests, evaluation, experiments],
    ...[
      new LanguageStatus(session),
      new ModelKindContext(session),
      new ModelView(session),
      new IdleTimer(session),
      new CrashMessage(session),
      new CudaCommands(session, notifier),
    ],
    new CalibrateCommand({ session, opener, locator, notifier }),
    new ModelCommands(context, { session, opener, demo, bench, notifier, log }),
    new Progress(session, { edited: [bench.onDidEdit, editor.onDidEdit], explorer, demo: demoFolder }),
  );
}
