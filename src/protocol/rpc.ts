import { CodedError, reportError, type ErrorReport } from './coded-error.ts';

/** Two ends that pass messages: a child process's IPC, a webview. Messages are plain data. */
export interface Channel {
  send(message: unknown): void;
  /** Calls back for every message that arrives. */
  onMessage(listener: (message: unknown) => void): void;
  /** Calls back once, when the other side is gone. */
  onClose(listener: () => void): void;
}

/** What a call can do beside answering: report progress, and learn that the caller has lost interest. */
export interface CallContext {
  readonly signal: AbortSignal;
  readonly progress: (value: unknown) => void;
}

/** One interface for an edge: each method takes one plain value and answers with one. */
export type Api = Readonly<Record<string, (params: never) => unknown>>;
type Params<Method> = Method extends (params: infer P) => unknown ? P : never;
type Answer<Method> = Method extends (params: never) => infer R ? Awaited<R> : never;

/** The other side's interface as its user sees it. */
export type Remote<Methods> = {
  readonly [Name in keyof Methods]: (
    params: Params<Methods[Name]>,
    options?: CallOptions,
  ) => Promise<Answer<Methods[Name]>>;
};

/** An interface as its owner implements it. */
export type Handlers<Methods> = {
  readonly [Name in keyof Methods]: (
    params: Params<Methods[Name]>,
    context: CallContext,
  ) => Answer<Methods[Name]> | Promise<Answer<Methods[Name]>>;
};

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((value: unknown) => void) | undefined;
}

type Message =
  | { readonly kind: 'call'; readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'progress'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'ok'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: ErrorReport };

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: (value: unknown) => void;
}

/**
 * Connects one end of a channel: answers the other side's calls with `handlers`, and returns the other side's interface. Every
 * call is answered, by a result or by an error with a code; when the other side goes away, all that is pending is rejected with
 * `connection-closed`, and what it had asked for is cancelled.
 */
export function connect<Theirs extends object>(channel: Channel, handlers: Handlers<object> = {}): Remote<Theirs> {
  const pending = new Map<number, Pending>();
  const running = new Map<number, AbortController>();
  let closed = false;
  let lastId = 0;

  channel.onMessage((message) => {
    if (!isMessage(message)) return;
    if (message.kind === 'call') void answer(message);
    else if (message.kind === 'cancel') running.get(message.id)?.abort();
    else if (message.kind === 'progress') pending.get(message.id)?.onProgress(message.value);
    else settle(message);
  });
  channel.onClose(() => {
    closed = true;
    for (const { reject } of pending.values()) reject(connectionClosed());
    for (const controller of running.values()) controller.abort();
    pending.clear();
  });

  const post = (message: Message): void => {
    if (!closed) channel.send(message);
  };

  async function answer({ id, method, params }: Extract<Message, { kind: 'call' }>): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    const context: CallContext = {
      signal: controller.signal,
      progress: (value) => {
        post({ kind: 'progress', id, value });
      },
    };
    try {
      const value = await handlerOf(handlers, method)(params, context);
      post({ kind: 'ok', id, value });
    } catch (error) {
      post({ kind: 'error', id, error: reportError(error) });
    } finally {
      running.delete(id);
    }
  }

  function settle(message: Extract<Message, { kind: 'ok' | 'error' }>): void {
    const call = pending.get(message.id);
    pending.delete(message.id);
    if (message.kind === 'ok') call?.resolve(message.value);
    else call?.reject(toError(message.error));
  }

  function call(method: string, params: unknown, { signal, onProgress }: CallOptions = {}): Promise<unknown> {
    if (closed) return Promise.reject(connectionClosed());
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      pending.set(id, { resolve, reject, onProgress: onProgress ?? (() => undefined) });
      const cancel = (): void => { post({ kind: 'cancel', id }); }; // prettier-ignore
      signal?.addEventListener('abort', cancel);
      post({ kind: 'call', id, method, params });
      if (signal?.aborted) cancel();
    });
  }

  return new Proxy({} as Remote<Theirs>, {
    // A proxy that is awaited must not look like a promise.
    get: (_, method) =>
      typeof method === 'string' && method !== 'then'
        ? (params: unknown, options?: CallOptions) => call(method, params, options)
        : undefined,
  });
}

type Handler = (params: unknown, context: CallContext) => unknown;

function handlerOf(handlers: object, method: string): Handler {
  const handler: unknown = Object.hasOwn(handlers, method) ? (handlers as Record<string, unknown>)[method] : undefined;
  if (typeof handler === 'function') return handler as Handler;
  throw new CodedError('bad-argument', `There is no method ${method}.`);
}

function isMessage(message: unknown): message is Message {
  if (typeof message !== 'object' || message === null || !('kind' in message) || !('id' in message)) return false;
  return (
    ['call', 'cancel', 'progress', 'ok', 'error'].includes(message.kind as string) && typeof message.id === 'number'
  );
}

/** The error as it was thrown on the other side; its kind is told by the code, not by the class. */
function toError({ code, message, advice, data }: ErrorReport): Error {
  return code === 'internal' ? new Error(message) : new CodedError(code, message, advice, data);
}

function connectionClosed(): CodedError {
  return new CodedError('connection-closed', 'The other process has ended.', 'Start it again.');
}
