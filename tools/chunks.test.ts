import { describe, expect, it } from 'vitest';
import { planChunks } from './chunks.mjs';

/** A metafile of modules with their imports; `->` marks a dynamic one. Everything is in the bundle but what is listed as dead. */
function metafileOf(graph: Record<string, readonly string[]>, dead: readonly string[] = []) {
  const inputs = Object.fromEntries(
    Object.entries(graph).map(([path, imports]) => [
      path,
      {
        imports: imports.map((to) => ({
          path: to.replace('->', ''),
          kind: to.startsWith('->') ? 'dynamic-import' : 'import-statement',
        })),
      },
    ]),
  );
  const dynamic = Object.values(graph).flatMap((imports) =>
    imports.filter((to) => to.startsWith('->')).map((to) => to.slice(2)),
  );
  const live = Object.keys(graph).filter((path) => !dead.includes(path));
  const outputs = Object.fromEntries(
    ['cli/main', ...dynamic].map((entryPoint) => [
      `out/${entryPoint}`,
      { entryPoint, inputs: Object.fromEntries(live.map((path) => [path, {}])) },
    ]),
  );
  return { inputs, outputs };
}

const isOurs = (path: string): boolean => !path.startsWith('node_modules/');

const graph = {
  'cli/main': [
    'cli/frame',
    '->cli/emit',
    '->cli/log',
    '->cli/fold',
    '->cli/version',
    '->cli/help',
    '->node_modules/big',
  ],
  'cli/frame': ['core/kernel'],
  'core/kernel': [],
  'cli/emit': ['core/kernel', 'core/append', 'core/unused'],
  'core/append': ['core/codec', 'node_modules/hash'],
  'core/codec': ['core/kernel'],
  'core/unused': [],
  'cli/log': ['core/codec', 'cli/view', 'cli/wrap', 'core/order'],
  'cli/fold': ['cli/view', 'core/order', 'core/sandbox'],
  'cli/help': ['cli/wrap'],
  'cli/wrap': [],
  'cli/view': ['core/codec'],
  'core/order': ['core/codec'],
  'core/sandbox': [],
  'cli/version': ['core/kernel'],
  'node_modules/hash': [],
  'node_modules/big': ['node_modules/hash'],
};

describe('planChunks', () => {
  const plan = planChunks({
    metafile: metafileOf(graph, ['core/unused']),
    main: 'cli/main',
    hot: ['cli/emit'],
    isOurs,
  });
  const together = (entry: string): string[] => [...(plan.get(entry) ?? [])].sort();
  const FRAME = ['cli/frame', 'core/kernel'];
  const HOT = ['core/append', 'core/codec'];

  it('gives every entry of ours the frame, which is loaded anyway', () => {
    expect([...plan.keys()].sort()).toEqual(['cli/emit', 'cli/fold', 'cli/help', 'cli/log', 'cli/version']);
    expect(together('cli/version')).toEqual(FRAME);
  });

  it('gives the hot path to all that reach some of it, without packages and what is not used', () => {
    expect(together('cli/emit')).toEqual([...FRAME, ...HOT].sort());
  });

  it('leaves the rest as it is', () => {
    expect(together('cli/log')).toEqual([...FRAME, ...HOT].sort());
    expect(together('cli/help')).toEqual(FRAME);
  });

  it('plans for a bundle without a hot path', () => {
    expect(planChunks({ metafile: metafileOf(graph), main: 'cli/main', hot: [], isOurs }).size).toBe(5);
  });
});
