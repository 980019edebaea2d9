import { formatJson, type JsonValue, readState, type State } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { visible } from '../../output/style.js';
import { findCheckpoint } from '../../view/checkpoint.js';

export const command = defineCommand({
  name: 'diff',
  summary: 'compare two checkpoints',
  description: 'Prints what differs, by path. With one name, compares the checkpoint with the one before it.',
  positionals: [
    { name: 'from', kind: 'text', summary: 'older: NAME or NAME~N', complete: 'states' },
    { name: 'to', kind: 'text', optional: true, summary: 'newer', complete: 'states' },
  ],
  examples: [{ command: 'git gatos state diff sum~3 sum', note: 'the last three steps together' }],
  exits: ['no', 'missing', 'mismatch'],
  seeAlso: ['state log', 'bisect'],
  run: async (context, { from, to }) => {
    const { repository } = await context.openRepository();
    const [older, newer] = to === undefined ? [before(from), from] : [from, to];
    const a = await readState(repository.backend, await findCheckpoint(repository, older));
    const b = await readState(repository.backend, await findCheckpoint(repository, newer));
    const changes = differences(a, b);
    const text = changes.map(({ path, before, after }) => {
      const [old, now] = [before, after].map((value) =>
        value === undefined ? '(absent)' : formatJson(value, { sorted: true }),
      );
      return `${visible(path)}: ${context.colour.red(visible(old ?? ''))} → ${context.colour.green(visible(now ?? ''))}`;
    });
    return { value: changes, text: text.length === 0 ? 'no difference' : text };
  },
});

/** `sum` is `sum~1`, `sum~2` is `sum~3`. */
function before(spec: string): string {
  const match = /^(.*)~([0-9]{1,8})$/.exec(spec);
  return match === null ? `${spec}~1` : `${match[1]}~${Number(match[2]) + 1}`;
}

interface Difference {
  readonly path: string;
  readonly before?: JsonValue;
  readonly after?: JsonValue;
}

function differences(a: State, b: State): Difference[] {
  const found: Difference[] = [];
  compare(a, b, { path: '', found });
  return found;
}

function compare(a: JsonValue | undefined, b: JsonValue | undefined, at: { path: string; found: Difference[] }): void {
  if (isMap(a) && isMap(b)) {
    for (const key of [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()) {
      const path = at.path === '' ? key : `${at.path}.${key}`;
      compare(own(a, key), own(b, key), { path, found: at.found });
    }
    return;
  }
  const [before, after] = [a, b].map((value) =>
    value === undefined ? undefined : formatJson(value, { sorted: true }),
  );
  if (before === after) return;
  at.found.push({ path: at.path, ...(a === undefined ? {} : { before: a }), ...(b === undefined ? {} : { after: b }) });
}

type Map = { readonly [key: string]: JsonValue };

function isMap(value: JsonValue | undefined): value is Map {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(map: Map, key: string): JsonValue | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}
