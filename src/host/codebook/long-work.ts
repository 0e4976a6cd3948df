import * as vscode from 'vscode';

/** Shows that something takes a while, once it does; it cannot be called off. */
export function during<T>(title: string, work: () => Promise<T>): Thenable<T> {
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title }, work);
}

/** Shows how far something is, with a way to call it off. */
export function duringCancellable<T>(
  title: string,
  work: (signal: AbortSignal, report: (message: string, done: number, of: number) => void) => Promise<T>,
): Thenable<T> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, (progress, token) => {
    const controller = new AbortController();
    const subscription = token.onCancellationRequested(() => { controller.abort(); }); // prettier-ignore
    let before = 0;
    const report = (message: string, done: number, of: number): void => {
      // VS Code wants to know how much is added, in hundredths.
      const now = of === 0 ? 0 : (done / of) * 100;
      progress.report({ message, increment: now - before });
      before = now;
    };
    return work(controller.signal, report).finally(() => { subscription.dispose(); }); // prettier-ignore
  });
}
