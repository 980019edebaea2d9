/** The form of the golden vectors (conformance/README.md): an area, ids that are unique, one answer each, and a reason. */
import type { Finding, Rule } from '../rule.js';
import type { Tree } from '../tree.js';

const FIELDS = ['id', 'note', 'requirement', 'input', 'want', 'wantError'];

const VECTORS = /^conformance\/vectors\/.*\.json$/;
/** The pack of MYTHOS vectors has the form of the published one; `git gatos ctvp verify` is what holds it against itself. */
const PACK = /^conformance\/vectors\/mythos\//;

type Fields = Readonly<Record<string, unknown>>;

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function objectTo(vector: Fields): string | undefined {
  if (!isText(vector.id)) return 'a vector without an id';
  if (!isText(vector.requirement)) return 'no requirement';
  if (typeof vector.note !== 'string') return 'no note';
  if (!('input' in vector)) return 'no input';
  if ('want' in vector === 'wantError' in vector) return 'not exactly one of want and wantError';
  const error = vector.wantError;
  if (error !== undefined && !(typeof error === 'string' && /^[a-z-]+\/[a-z-]+$/.test(error)))
    return 'a wantError that is no code';
  const unknown = Object.keys(vector).find((field) => !FIELDS.includes(field));
  return unknown === undefined ? undefined : `the unknown field \`${unknown}\``;
}

/** A file is a list, or a list with the area that says which runner takes it. */
function listIn(parsed: unknown): readonly Fields[] {
  if (Array.isArray(parsed)) return parsed as readonly Fields[];
  const { area, vectors } = parsed as { readonly area?: unknown; readonly vectors?: unknown };
  return isText(area) && Array.isArray(vectors) ? (vectors as readonly Fields[]) : [];
}

function inspect(tree: Tree, file: string): readonly Finding[] {
  const instead = 'the form in conformance/README.md';
  const vectors = listIn(JSON.parse(tree.text(file)));
  if (vectors.length === 0) return [{ file, found: 'no vectors', instead }];
  const ids = vectors.map(({ id }) => String(id));
  const doubled = ids
    .filter((id, index) => ids.indexOf(id) !== index)
    .map((id) => ({ file, found: `\`${id}\`: an id used twice`, instead: 'one id for one vector' }));
  const malformed = vectors.flatMap((vector): readonly Finding[] => {
    const why = objectTo(vector);
    return why === undefined ? [] : [{ file, found: `\`${String(vector.id)}\`: ${why}`, instead }];
  });
  return [...doubled, ...malformed];
}

export const vectors: Rule = {
  name: 'vectors',
  check: (tree) =>
    tree.paths.filter((path) => VECTORS.test(path) && !PACK.test(path)).flatMap((file) => inspect(tree, file)),
};
