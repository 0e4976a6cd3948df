import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { validateXML } from 'xmllint-wasm';

import { METHODS, type PictureData } from '../../../src/protocol/evaluation.ts';
import { PICTURES, RUNS_OF_ALL } from '../../support/evaluation-samples.ts';

interface PictureFiles {
  readonly pictureFiles: (data: PictureData) => readonly { readonly name: string; readonly svg: string }[];
}

// By its path, as what draws is compiled for a page, with the types of one.
const { pictureFiles } = (await import(pathToFileURL(path.resolve('webview/pictures/files.ts')).href)) as PictureFiles;

const NASTY = 'a\u0000b\u0008c\u001bd\u007f\u0085 \ud83d e \udc00 f\ufffe\uffff <g> & "q" ]]> \u00a0 😀';

function drawn(data: PictureData, name: string): string {
  return pictureFiles(data).find((file) => file.name === name)!.svg;
}

/** The attributes of groups with a label, as Plot writes them. */
const groups = (svg: string, label: string): readonly string[] =>
  [...svg.matchAll(/<g( [^>]*)>/g)].flatMap(([, attributes]) =>
    attribute(attributes!, 'aria-label') === label ? [attributes!] : [],
  );

const attribute = (attributes: string, name: string): string =>
  new RegExp(` ${name}="([^"]*)"`).exec(attributes)?.[1] ?? '';

describe('pictures as files', () => {
  it('are well-formed whatever is in prompts', async () => {
    const sweep = PICTURES.sweep!;
    const files = pictureFiles({
      ...PICTURES,
      distances: PICTURES.distances.map((point) => ({ ...point, prompt: NASTY })),
      keys: PICTURES.keys.map((point) => ({ ...point, prompt: NASTY, target: NASTY })),
      sweep: { ...sweep, cells: sweep.cells.map((cell) => ({ ...cell, hook: `${cell.hook}${NASTY}` })) },
    });
    expect(files).toHaveLength(11);
    for (const { name, svg } of files) {
      const { errors } = await validateXML({ xml: [{ fileName: name, contents: svg }], normalization: 'c14n' });
      expect(errors, name).toEqual([]);
    }
    const map = files.find(({ name }) => name === 'key-map.svg')!.svg;
    expect(map).toContain(
      'a\ufffdb\ufffdc\ufffdd\u007f\u0085 \ufffd e \ufffd f\ufffd\ufffd &lt;g&gt; &amp; "q" ]]&gt;',
    );
    expect(map).toContain('😀');
  });

  it('draw a method in one colour and symbol, and a run in one dash', () => {
    const svg = drawn({ ...PICTURES, runs: RUNS_OF_ALL }, 'err.svg');
    const lines = groups(svg, 'line');
    expect(lines).toHaveLength(2 * METHODS.length);
    const colours = lines.map((line) => attribute(line, 'stroke'));
    expect(new Set(colours.slice(0, METHODS.length)).size).toBe(METHODS.length);
    expect(colours.slice(METHODS.length)).toEqual(colours.slice(0, METHODS.length));
    const dashes = lines.map((line) => attribute(line, 'stroke-dasharray'));
    expect(new Set(dashes.slice(0, METHODS.length))).toEqual(new Set(['']));
    expect(new Set(dashes.slice(METHODS.length))).toEqual(new Set(['5 3']));
    const fills = groups(svg, 'dot').map((dot) => attribute(dot, 'fill'));
    // Those of the lines, and those of the legend.
    expect(fills).toEqual(
      [0, 1].flatMap(() => [...colours.slice(0, METHODS.length), ...METHODS.map(() => 'transparent')]),
    );
  });

  it('draw a method alike whatever else was run', () => {
    const [run] = RUNS_OF_ALL;
    const alone = drawn({ ...PICTURES, runs: [{ ...run!, methods: run!.methods.slice(4, 5) }] }, 'err.svg');
    const together = drawn({ ...PICTURES, runs: [run!] }, 'err.svg');
    expect(groups(alone, 'line')).toEqual([groups(together, 'line')[4]]);
  });
});
