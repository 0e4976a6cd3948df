import * as vscode from 'vscode';

/** Milliseconds after which people want to know that something is being done. */
const SHOWN_AFTER = 500;

/** Shows that something takes a while, once it does; it cannot be called off. What is done at once shows only what came of it. */
export async function during<T>(title: string, work: () => Promise<T>): Promise<T> {
  const running = work();
  let clock: NodeJS.Timeout | undefined;
  const isLong = new Promise<boolean>((resolve) => {
    clock = setTimeout(resolve, SHOWN_AFTER, true);
    const end = (): void => { resolve(false); }; // prettier-ignore
    running.then(end, end);
  });
  try {
    if (!(await isLong)) return await running;
    return await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title }, () => running);
  } finally {
    clearTimeout(clock);
  }
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
