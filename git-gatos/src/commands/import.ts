import { createReadStream } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type ImportFormat, importError, importRows, openGitHistory, openRejectFile } from 'gatosd';
import { defineCommand } from '../command/index.js';
import type { Context } from '../context.js';
import { counted } from '../view/count.js';

export const command = defineCommand({
  name: 'import',
  summary: 'record the rows of a file as events',
  description: `
Reads CSV, TSV, NDJSON or a JSON array and records each row as an event whose payload is the row. Rows are signed in batches.

Each row has an idempotency key, by default the name of the file and the line (of a JSON array: the place in the array), so that an import that was interrupted is simply run again:
rows that are recorded already are passed over.

In CSV, cells that read as numbers, \`true\`, \`false\` or nothing become JSON numbers, booleans and null; \`--cells text\` keeps them as text.

With \`--format git\` FILE is a repository, and each commit of its branches and tags, or of the revisions given with \`--rev\`, becomes an event of type \`commit\`
under its id: parents before children, and of several that could come next the one with the least id. A commit that cannot be read is a bad row.
`,
  positionals: [
    {
      name: 'file',
      kind: 'path',
      summary: 'the file, or - for standard input; a repository with `--format git`',
      complete: 'files',
    },
  ],
  options: {
    type: { kind: 'text', short: 't', placeholder: 'TYPE', summary: 'type of every event' },
    typeColumn: { kind: 'text', placeholder: 'COLUMN', summary: 'column that holds the type' },
    key: {
      kind: 'list',
      of: 'text',
      short: 'k',
      placeholder: 'COLUMN',
      summary: 'column that makes the key; may be repeated',
    },
    format: {
      kind: 'choice',
      choices: ['csv', 'tsv', 'ndjson', 'json', 'git'],
      summary: 'default: by the name of the file',
    },
    source: {
      kind: 'text',
      placeholder: 'NAME',
      summary: 'name of the source in default keys; default: that of the file',
    },
    ns: { kind: 'text', placeholder: 'NS', summary: 'namespace', complete: 'namespaces' },
    rev: {
      kind: 'list',
      of: 'text',
      placeholder: 'REV',
      summary: 'with `--format git`: only the commits that lead here',
    },
    cells: { kind: 'choice', choices: ['auto', 'text'], default: 'auto', summary: 'how CSV cells are read' },
    onError: { kind: 'choice', choices: ['stop', 'skip'], default: 'stop', summary: 'what to do at a bad row' },
    rejects: {
      kind: 'path',
      placeholder: 'FILE',
      summary: 'where skipped rows go, as NDJSON of line, reason and row',
      complete: 'files',
    },
    batch: { kind: 'int', min: 1, max: 10_000, default: 1000, summary: 'records in one signed envelope' },
  },
  examples: [
    { command: 'git gatos import weather.csv --type observation --key date', note: 'one event a row, keyed by date' },
    {
      command: 'git gatos import events.ndjson --type-column kind --on-error skip --rejects bad.ndjson',
      note: 'go on after bad rows',
    },
    { command: 'git gatos import --format git . --ns history', note: 'the commits of this repository' },
  ],
  exits: ['no', 'untrusted', 'conflict', 'missing', 'temporary'],
  seeAlso: ['emit', 'fold new', 'log'],
  run: async (context, args) => {
    const type = typeOf(args);
    const workspace = await context.openRepository();
    const ns = args.ns ?? workspace.namespace;
    const input = await openInput(context, args);
    const rejects =
      args.onError === 'skip' && args.rejects !== undefined ? await openRejectFile(args.rejects, args.file) : undefined;
    const result = await importRows(workspace.repository, {
      ...input,
      ns,
      type,
      onError: args.onError,
      reject: rejects?.add,
      perEnvelope: args.batch,
      progress: context.progress,
      signal: context.signal,
    })
      .finally(input.close)
      .finally(rejects?.close);
    const { rows, recorded, existed, rejected } = result;
    const lines = [
      `${counted(recorded, 'event')} recorded in namespace ${ns}, ${existed} were there already, ${rejected} of ${counted(rows, 'row')} rejected`,
    ];
    if (rejected > 0 && args.rejects !== undefined) lines.push(`rejected rows: ${args.rejects}`);
    return {
      value: { ns, ...result },
      text: lines,
      next: [`see them: git gatos log --ns ${ns}`, `fold them: git gatos fold new NAME --ns ${ns}`],
      exit: rejected > 0 ? 'no' : 'ok',
    };
  },
});

interface TypeArgs {
  readonly type: string | undefined;
  readonly typeColumn: string | undefined;
  readonly file: string;
  readonly format: string | undefined;
}

function typeOf({ type, typeColumn, file, format }: TypeArgs) {
  if (typeColumn !== undefined) return { column: typeColumn };
  if (type !== undefined) return { constant: type };
  if (format === 'git') return { constant: 'commit' };
  throw importError('no-type', { source: file });
}

interface InputArgs {
  readonly file: string;
  readonly format: ImportFormat | 'git' | undefined;
  readonly source: string | undefined;
  readonly key: readonly string[];
  readonly rev: readonly string[];
  readonly cells: 'auto' | 'text';
}

/** What `importRows` reads from, and how it is closed. */
async function openInput(context: Context, { file, format = formatOf(file), source, key, rev, cells }: InputArgs) {
  if (format === 'git') return openRepositoryInput(context, { file, source, key, rev });
  const name = source ?? (file === '-' ? 'stdin' : basename(file));
  if (rev.length > 0) throw importError('no-history', { source: name });
  const chunks = file === '-' ? context.stdin.chunks() : readChunks(file);
  return { chunks, format, cells, source: name, keyColumns: key, close: async () => undefined };
}

async function openRepositoryInput(context: Context, { file, source, key, rev }: Omit<InputArgs, 'format' | 'cells'>) {
  const { env, progress, signal } = context;
  const name = source ?? basename(resolve(file));
  const history = await openGitHistory({ path: file, source: name, revisions: rev, env, progress, signal });
  for (const notice of history.notices) context.note(notice);
  const keyColumns = key.length > 0 ? key : ['commit'];
  return { rows: history.rows(), totalRows: history.total, source: name, keyColumns, close: () => history.close() };
}

function formatOf(file: string): ImportFormat {
  const name = file.toLowerCase();
  if (name.endsWith('.csv')) return 'csv';
  if (name.endsWith('.tsv')) return 'tsv';
  if (name.endsWith('.ndjson') || name.endsWith('.jsonl')) return 'ndjson';
  if (name.endsWith('.json')) return 'json';
  throw importError('no-format', { source: file });
}

async function* readChunks(file: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* createReadStream(file, { highWaterMark: 256 * 1024 }) as AsyncIterable<Uint8Array>;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    if (code === 'ENOENT') throw importError('unreadable', { source: file, why: 'no such file' });
    throw importError('unreadable', { source: file, why: message }, { cause: error });
  }
}
