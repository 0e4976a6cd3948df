import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { CodebookLocator } from '../../../src/host/codebook/codebook-locator.ts';
import { ModelChooser } from '../../../src/host/model/model-chooser.ts';
import { ModelOpener } from '../../../src/host/model/model-opener.ts';
import type { RecentModels } from '../../../src/host/model/recent-models.ts';
import type { Session } from '../../../src/host/session.ts';
import { CodedError } from '../../../src/protocol/coded-error.ts';
import type { OpenParams } from '../../../src/protocol/engine-api.ts';
import { configure, fake, resetFake } from '../../support/fake-vscode.ts';

vi.mock('vscode', () => import('../../support/fake-vscode.ts'));

let folder: string;
let chosen: string | undefined;
let recent: string[];
let remembered: string[];

beforeEach(() => {
  resetFake();
  folder = mkdtempSync(path.join(tmpdir(), 'grace-opener-'));
  [chosen, recent, remembered] = [undefined, [], []];
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const locator = {
  defaultFolder: (name: string, hook?: string) => path.join(folder, hook === undefined ? name : `${name}-${hook}`),
  unusedFolder: (name: string) => path.join(folder, `${name}-2`),
  remember: (codebook: string) => remembered.push(codebook),
} as unknown as CodebookLocator;

const recentModels = {
  get paths() {
    return recent;
  },
  add: (model: string) => Promise.resolve(void recent.unshift(model)),
} as unknown as RecentModels;

const opener = (chooser = { choose: () => Promise.resolve(chosen) } as unknown as ModelChooser): ModelOpener =>
  new ModelOpener('/extension/models/biographies', chooser, recentModels, locator);

/** A session for which a codebook that is there belongs to another model. */
function sessionWith(): { readonly session: Session; readonly opened: OpenParams[] } {
  const opened: OpenParams[] = [];
  const open = (params: OpenParams): Promise<unknown> => {
    opened.push(params);
    if (params.codebook === path.join(folder, 'taken')) {
      return Promise.reject(new CodedError('codebook-mismatch', 'It was made for other weights.'));
    }
    return Promise.resolve({ description: { name: 'm' }, codebook: { head: { folder: params.codebook } } });
  };
  const requireModel = (): Promise<unknown> => Promise.resolve({ model: '/m', hook: { replace: 'h.1' } });
  const useCodebook = (codebook: string, hook: string): Promise<unknown> => {
    opened.push({ model: '/m', device: 'auto', codebook, hook });
    return Promise.resolve({});
  };
  return { session: { open, requireModel, useCodebook } as unknown as Session, opened };
}

describe('ModelOpener', () => {
  it('finds the model of the settings, then the last one, then asks', async () => {
    fake.configuration.set('grace.model.path', '/set');
    recent = ['/last'];
    chosen = '/chosen';
    expect((await opener().find())?.model).toBe('/set');
    expect(opener().configured).toBe('/set');
    fake.configuration.clear();
    expect(opener().configured).toBeUndefined();
    expect((await opener().find())?.model).toBe('/last');
    recent = [];
    expect((await opener().find())?.model).toBe('/chosen');
  });

  it('asks no longer when the settings come to name a model', async () => {
    fake.configuration.set('grace.model.folders', [folder]);
    const finding = opener(new ModelChooser([], recentModels)).find();
    const [pick] = fake.quickPicks;
    expect(pick!.isShown).toBe(true);
    configure('grace.edit.steps', 50);
    expect(pick!.isShown).toBe(true);
    configure('grace.model.path', '/set');
    expect((await finding)?.model).toBe('/set');
    expect(pick!.isShown).toBe(false);
  });

  it('asks in a workspace that is not trusted, whatever was open before', async () => {
    fake.isTrusted = false;
    fake.configuration.set('grace.model.path', '/set');
    recent = ['/last'];
    expect(await opener().find()).toBeUndefined();
    expect(opener().configured).toBeUndefined();
  });

  it('opens a model with the codebook of its name, and remembers both', async () => {
    const { session, opened } = sessionWith();
    await opener().open(session, '/cache/models--org--tiny/snapshots/abc');
    expect(opened).toEqual([expect.objectContaining({ codebook: path.join(folder, 'tiny') })]);
    expect(recent).toEqual(['/cache/models--org--tiny/snapshots/abc']);
    expect(remembered).toEqual([path.join(folder, 'tiny')]);
  });

  it("offers a new codebook where the one of that name is another model's", async () => {
    const { session, opened } = sessionWith();
    mkdirSync(path.join(folder, 'taken'));
    fake.answer = ({ choices }) => choices[0];
    await opener().open(session, '/models/taken');
    expect(opened.map(({ codebook }) => path.basename(codebook!))).toEqual(['taken', 'taken-2']);
    expect(fake.asked[0]).toMatchObject({ modal: true });
  });

  it('says what is wrong when no new codebook is wanted', async () => {
    const { session } = sessionWith();
    await expect(opener().open(session, '/models/taken')).rejects.toMatchObject({ code: 'codebook-mismatch' });
    expect(recent).toEqual([]);
  });

  it('edits at another module only when the person agrees', async () => {
    const { session, opened } = sessionWith();
    await opener().chooseHook(session, 'h.3');
    expect(opened).toEqual([]);
    fake.answer = ({ choices }) => choices[0];
    await opener().chooseHook(session, 'h.3');
    expect(opened).toEqual([expect.objectContaining({ hook: 'h.3', codebook: path.join(folder, 'm-h.3') })]);
  });
});
