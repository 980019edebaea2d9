/** A repository with a bit of everything, and what a report says about it. */
import type { Report } from '../src/kernel/index.js';
import { FoldWorld, type FoldWorldOptions } from './fold-world.js';

const ACTORS = ['user:alice', 'user:bob', 'agent:carol'];
const NAMESPACES = ['default', 'lab'];
export const SUM = 'export function fold(state, { payload }) { return { sum: (state.sum ?? 0) + payload.n }; }';

/** Six journals in two namespaces, two folds, two checkpoints of each. */
export async function filledWorld(
  options: Pick<FoldWorldOptions, 'sandbox' | 'engine' | 'backend'>,
): Promise<FoldWorld> {
  const world = await FoldWorld.open({ ...options, actors: ACTORS });
  for (const round of [0, 1]) {
    for (const ns of NAMESPACES)
      for (const actor of ACTORS)
        await world.emit(
          actor,
          Array.from({ length: 5 }, (_, n) => ({ payload: { n: n + round } })),
          { ns },
        );
    for (const ns of NAMESPACES) await world.fold(world.bundle(SUM, { name: `sum-${ns}`, ns }));
  }
  return world;
}

/** Its chains. */
export const CHAINS = [
  'trust',
  'folds/sum-default',
  'folds/sum-lab',
  ...NAMESPACES.flatMap((ns) => ['agent-carol', 'user-alice', 'user-bob'].map((actor) => `journal/${ns}/${actor}`)),
  'state/sum-default',
  'state/sum-lab',
];

/** What did not pass, as `chain: check, code`. */
export function faults({ checks }: Report): string[] {
  return checks
    .filter(({ outcome }) => outcome !== 'pass')
    .map(({ subject, name, code }) => `${subject}: ${name}, ${code}`);
}

/** Chains of which every check passed. */
export function sound({ checks }: Report): string[] {
  const bad = new Set(checks.filter(({ outcome }) => outcome !== 'pass').map(({ subject }) => subject));
  return [...new Set(checks.map(({ subject }) => subject))].filter((subject) => !bad.has(subject)).sort();
}

/** Its chains but these, sorted. */
export const without = (...chains: string[]) => CHAINS.filter((chain) => !chains.includes(chain)).sort();
