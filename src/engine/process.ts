import { CodedError } from '../protocol/coded-error.ts';
import type { EngineApi, EngineOwnerApi } from '../protocol/engine-api.ts';
import { connect, type CallContext, type Channel, type Handlers } from '../protocol/rpc.ts';
import { checkParams, METHODS } from './engine-params.ts';
import { EngineService } from './engine-service.ts';
import { EvaluationService } from './evaluation-service.ts';

/** The pipe to the parent that `child_process.fork` makes. */
const parent: Channel = {
  // A parent that has gone away is told of by `disconnect`; what was to be sent to it is of no use any more.
  send: (message) => process.send?.(message, undefined, undefined, () => undefined),
  onMessage: (listener) => process.on('message', listener),
  // Without its parent the engine is of no use to anybody.
  onClose: (listener) =>
    process.once('disconnect', () => {
      listener();
      process.exit(0);
    }),
};

const service = new EngineService((snapshot) => {
  log('info', `The files of ${snapshot.head.folder} have changed, and were read again.`);
  owner.codebookReread(snapshot).catch(() => undefined);
});

const owner = connect<EngineOwnerApi>(parent, guarded(Object.assign(service, new EvaluationService())));

function log(level: 'info' | 'warn' | 'error', message: string): void {
  owner.log({ level, message }).catch(() => undefined);
}

/** The calls with their parameters checked; an error that nobody foresaw is logged, with its stack, and answered as `internal`. */
function guarded(handlers: Handlers<EngineApi>): Handlers<EngineApi> {
  const guard =
    (method: keyof EngineApi) =>
    async (params: unknown, context: CallContext): Promise<unknown> => {
      try {
        return await handlers[method](checkParams(method, params) as never, context);
      } catch (error) {
        if (!(error instanceof CodedError))
          log('error', `${method}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        throw error;
      }
    };
  return Object.fromEntries(METHODS.map((method) => [method, guard(method)])) as unknown as Handlers<EngineApi>;
}
