import type { CodebookEdit } from '../../../src/engine/grace/codebook.ts';
import type { EditAction, EditOutcome, MovedEdit } from '../../../src/protocol/edit.ts';

interface NaiveEntry {
  key: Float32Array;
  value: Float32Array;
  radius: number;
  label: readonly number[];
  members: { edit: number; key: number }[];
  valueFrom: number;
}

/** The rules of the codebook written down once more, with nothing but loops: what the engine is held against. */
export class NaiveCodebook {
  readonly entries: NaiveEntry[] = [];
  readonly #history: { edit: number; key: number; query: Float32Array }[] = [];

  static fold(edits: Iterable<CodebookEdit>): NaiveCodebook {
    const codebook = new NaiveCodebook();
    for (const edit of edits) codebook.apply(edit);
    return codebook;
  }

  lookup(query: Float32Array): { fires: number | null; nearest: number | null; distance: number } {
    let nearest: number | null = null;
    let distance = Infinity;
    for (const [at, { key }] of this.entries.entries()) {
      let sum = 0;
      for (let j = 0; j < key.length; j++) sum += (query[j]! - key[j]!) * (query[j]! - key[j]!);
      if (Math.sqrt(sum) < distance) [distance, nearest] = [Math.sqrt(sum), at];
    }
    const fires = nearest !== null && distance <= this.entries[nearest]!.radius;
    return { fires: fires ? nearest : null, nearest, distance };
  }

  /** `moved` compares all earlier prompts before and after the whole edit. */
  apply(edit: CodebookEdit): EditOutcome {
    const earlier = [...this.#history];
    const before = earlier.map(({ query }) => this.lookup(query).fires);
    const membersBefore = this.entries.map(({ members }) => [...members]);
    const steps = edit.keys.map((query, key) => this.#applyKey(edit, query, key));
    const isMember = (entry: number, edit: number, key: number) =>
      membersBefore[entry]?.some((member) => member.edit === edit && member.key === key) ?? false;
    const outcome = { steps, orphans: [] as MovedEdit[], displaced: [] as MovedEdit[], relabelled: [] as MovedEdit[] };
    earlier.forEach(({ edit, key, query }, at) => {
      const fired = before[at] ?? null;
      const firesNow = this.lookup(query).fires;
      const moved = { edit, key, fired, firesNow };
      const split = steps.some(({ action, nearest }) => action === 'split' && nearest === fired);
      const orphaned = fired !== null && split && isMember(fired, edit, key);
      if (fired !== firesNow) outcome[orphaned ? 'orphans' : 'displaced'].push(moved);
      const updated = steps.some(({ action, entry }) => action === 'update' && entry === firesNow);
      if (updated && isMember(firesNow!, edit, key)) outcome.relabelled.push(moved);
    });
    return outcome;
  }

  #applyKey(edit: CodebookEdit, query: Float32Array, key: number): EditOutcome['steps'][number] {
    const { nearest, distance } = this.lookup(query);
    const member = { edit: edit.edit, key };
    this.#history.push({ ...member, query });
    const added = (radius: number) =>
      this.entries.push({
        key: query,
        value: edit.value,
        radius,
        label: edit.label,
        members: [member],
        valueFrom: edit.edit,
      }) - 1;
    const step = (action: EditAction, entry: number) => ({
      action,
      entry,
      nearest,
      distance: nearest === null ? null : distance,
    });
    const near = nearest === null ? undefined : this.entries[nearest]!;
    if (!near || distance > edit.radius + near.radius) return step('add', added(edit.radius));
    if (JSON.stringify(edit.label) !== JSON.stringify(near.label) && distance > 0) {
      near.radius = Math.max(0, Math.min(near.radius, distance / 2 - 1e-5));
      return step('split', added(Math.min(edit.radius, distance / 2)));
    }
    const same = JSON.stringify(edit.label) === JSON.stringify(near.label);
    const action = !same ? 'update' : distance > near.radius ? 'expand' : 'reuse';
    if (action === 'expand') near.radius = distance;
    near.label = edit.label;
    near.value = edit.value;
    near.valueFrom = edit.edit;
    near.members.push(member);
    return step(action, nearest!);
  }
}
