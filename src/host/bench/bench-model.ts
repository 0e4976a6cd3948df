import type { BenchModel } from '../../protocol/bench-state.ts';
import type { OpenModel } from '../../protocol/engine-api.ts';

/** The open model as the Edit Bench needs to know it. */
export function benchModel({ description, hook, radius, router, defaults }: OpenModel, machine: string): BenchModel {
  const { name, architecture, kind, labels = [], mask = null, device, chatTemplate, contextLength } = description;
  return {
    ...{ name, architecture, kind, labels, mask, device, machine, chatTemplate, contextLength },
    hook: hook.replace,
    hooks: description.hookPoints.filter(({ side }) => side === 'output').map((each) => each.path),
    radius,
    router,
    ...defaults,
  };
}
