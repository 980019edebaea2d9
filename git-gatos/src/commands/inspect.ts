import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineCommand } from '../command/index.js';
import type { Context } from '../context.js';
import { type Explained, explainedValue } from '../inspect/explained.js';
import { explainFile, MOST_BYTES } from '../inspect/file.js';
import { explainId } from '../inspect/id.js';
import { hexLines, renderExplained } from '../inspect/render.js';

export const command = defineCommand({
  name: 'inspect',
  summary: 'take anything apart: a file or an id, field by field',
  description: `
Shows any object of MYTHOS or GATOS decoded and annotated: each field with its number, its value and what it means, where the form is specified, and which checks hold.

A file is recognised by its form: a MYTHOS object by trying all structs strictly, a packet, a signed envelope, a record, a proof, a compiled policy, DSSE, a tool
manifest. Anything else is taken as an id: a ref or a chain, a commit, the CID of an envelope, a record, a job or a file, a ulid, the id of a blob, an effect, a
capability, a receipt. \`-\` reads standard input.
`,
  positionals: [{ name: 'what', kind: 'text', summary: 'a file, an id, or `-`', complete: 'refs' }],
  options: {
    as: {
      kind: 'text',
      placeholder: 'FORM',
      summary: 'what it is: the name of a struct such as Receipt; packet, packet-ctvp, can, cbor, json',
    },
    raw: { kind: 'flag', summary: 'the bytes in hexadecimal, with offsets' },
    id: { kind: 'flag', summary: 'it is an id, also where a file has that name' },
  },
  examples: [
    { command: 'git gatos inspect refs/gatos/trust', note: 'the newest envelope of a chain' },
    { command: 'git gatos inspect receipt.can --as Receipt', note: 'a MYTHOS object in a file' },
    { command: 'git gatos inspect 1f3a09c2', note: 'a blob, by the start of its id' },
  ],
  exits: ['no', 'missing', 'mismatch', 'unchecked', 'temporary'],
  seeAlso: ['show', 'log', 'verify', 'blob stat'],
  run: async (context, { what, as, raw, id }) => {
    const path = resolve(context.cwd, what);
    const isFile = what === '-' || (!id && existsSync(path) && !statSync(path).isDirectory());
    const { explained, bytes } =
      isFile || as !== undefined ? await ofFile(context, { what, path, as }) : await ofId(context, what);
    if (raw) return { lines: hexLines(bytes) };
    const isBroken = explained.checks.some(({ outcome }) => outcome === 'fail');
    return {
      value: explainedValue(explained),
      text: renderExplained(explained, context.colour),
      exit: isBroken ? 'mismatch' : 'ok',
    };
  },
});

interface Inspected {
  readonly explained: Explained;
  readonly bytes: Uint8Array;
}

interface FileAt {
  readonly what: string;
  readonly path: string;
  readonly as: string | undefined;
}

async function ofFile(context: Context, { what, path, as }: FileAt): Promise<Inspected> {
  const source = what === '-' ? ({ from: 'stdin' } as const) : ({ from: 'file', path } as const);
  const bytes = await context.readSource(source, { maxBytes: MOST_BYTES });
  return { explained: await explainFile(bytes, as), bytes };
}

async function ofId(context: Context, what: string): Promise<Inspected> {
  const { repository } = await context.openRepository();
  return explainId(repository, what, context.signal);
}
