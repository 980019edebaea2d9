/**
 * The rings of gatos-core/src, innermost first (docs/TECH-SPEC.md). A folder imports lower rings only, never its own,
 * except where a row of USES says so. A new folder is entered here first: that is the moment to think about its place.
 */
export const RINGS: readonly (readonly string[])[] = [
  ['kernel'],
  ['codec', 'merkle'],
  ['identity', 'git'],
  ['chain', 'mythos'],
  ['trust'],
  [
    'journal',
    'fold',
    'policy',
    'governance',
    'audit',
    'bus',
    'jobs',
    'experiments',
    'tools',
    'blobs',
    'effects',
    'ir',
    'capabilities',
  ],
  ['verify', 'gate', 'doctor'],
];

/** What a folder uses of its own ring: the planes that a plane is built from. */
export const USES: Readonly<Record<string, readonly string[]>> = {
  journal: [],
  fold: ['journal'],
  policy: [],
  governance: [],
  audit: ['policy'],
  bus: ['journal'],
  jobs: ['policy', 'blobs'],
  experiments: ['jobs', 'fold', 'policy'],
  tools: [],
  capabilities: ['governance'],
  blobs: [],
  effects: ['governance', 'capabilities'],
  ir: [],
  gate: ['verify'],
  doctor: ['verify', 'gate'],
};

/** The façade, `gatos-core/src/index.ts` and what stands beside it, is above every ring. */
export const FACADE = '(façade)';

export function ringOf(folder: string): number {
  if (folder === FACADE) return RINGS.length;
  return RINGS.findIndex((ring) => ring.includes(folder));
}

/** Why a folder may not import another one; undefined when it may. */
export function ringObjection(from: string, to: string): string | undefined {
  if (from === to) return undefined;
  const [lower, upper] = [ringOf(to), ringOf(from)];
  if (lower < upper) return undefined;
  if (USES[from]?.includes(to) === true) return undefined;
  return lower > upper
    ? `\`${to}\` is in ring ${lower}, above \`${from}\` in ring ${upper}`
    : `\`${from}\` and \`${to}\` are both in ring ${upper}`;
}
