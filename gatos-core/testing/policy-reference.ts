/**
 * Runs the examples of docs/policy-language.md. How the reader knows what an example shows is how this does:
 *
 * - a block `rgs` compiles without a finding (rules that nobody uses yet aside), is in the layout of
 *   `policy fmt`, and its tests pass;
 * - `rgs NAME.rgs` and `md NAME.md` name a file: all named files of one section are one bundle;
 * - `rgs fails` and `rgs warns`: the next `text` block is exactly what is said of it;
 * - `rgs explain`: the next `json` block is what is given, and the next `text` block the explanation of what fires;
 * - a table row `| \`EXPRESSION\` | \`VALUE\` | …` or `| \`EXPRESSION\` | error \`policy/…\` | …` is evaluated.
 */
import { parseJson } from '../src/codec/index.js';
import { fromUtf8, utf8 } from '../src/kernel/index.js';
import {
  checkSources,
  completeInput,
  explain,
  formatDiagnostic,
  formatExplanation,
  formatModule,
  parseModule,
  prepare,
  testPolicies,
} from '../src/policy/index.js';

interface Block {
  readonly line: number;
  readonly section: string;
  readonly words: readonly string[];
  readonly text: string;
}

export interface ReferenceExample {
  /** Where it stands, and what it shows. */
  readonly title: string;
  /** How it departs from what the page says; null when it does not. */
  readonly check: () => string | null;
}

const FILE = 'law.rgs';

function blocksOf(markdown: string): readonly Block[] {
  const blocks: Block[] = [];
  let [section, fence, words, start]: [string, string, readonly string[], number] = ['', '', [], 0];
  let lines: string[] = [];
  for (const [at, line] of markdown.split('\n').entries()) {
    if (fence !== '') {
      if (line === fence) {
        blocks.push({ line: start, section, words, text: lines.map((each) => `${each}\n`).join('') });
        fence = '';
      } else lines.push(line);
      continue;
    }
    const [, opening, info = ''] = /^(`{3,})(.*)$/.exec(line) ?? [];
    if (opening !== undefined) [fence, words, start, lines] = [opening, info.split(' '), at + 1, []];
    else if (/^#{2,3} /.test(line)) section = line.replace(/^#+ /, '');
  }
  return blocks;
}

type Files = readonly { readonly path: string; readonly bytes: Uint8Array }[];

function isFormatted(file: string, text: string): boolean {
  return formatModule(parseModule({ file, text }).module, text) === text;
}

/** What is said of files that are as they should be. */
function faultOf(files: Files): string | null {
  const { diagnostics, sources } = checkSources(files);
  const unexpected = diagnostics.filter(({ code }) => !/^policy\/unused-(rule|constant)$/.test(code));
  if (unexpected.length > 0)
    return unexpected.map((each) => formatDiagnostic(each, sources.get(each.file) ?? '')).join('\n');
  const failed = testPolicies(files).tests.filter(({ failures }) => failures.length > 0);
  const unformatted = files.find(({ path, bytes }) => path.endsWith('.rgs') && !isFormatted(path, fromUtf8(bytes)));
  if (unformatted !== undefined) return `${unformatted.path} is not in the layout of \`policy fmt\``;
  return failed.length === 0
    ? null
    : failed.map(({ name, failures, fired }) => `${name}: ${failures.map(({ why }) => why)}; ${fired}`).join('\n');
}

function findingsOf(files: Files): string {
  const { diagnostics, sources } = checkSources(files);
  return diagnostics.map((each) => `${formatDiagnostic(each, sources.get(each.file) ?? '')}\n`).join('\n');
}

function explanationOf(files: Files, given: string): string {
  const { bundle, diagnostics, sources } = checkSources(files);
  if (bundle === null) return diagnostics.map(({ message }) => message).join('\n');
  const machine = prepare(bundle.program, { sources });
  return explain(machine, completeInput(parseJson(given)))
    .map((each) => `${formatExplanation(each)}\n`)
    .join('\n');
}

const same = (found: string, wanted: string | undefined): string | null =>
  found === wanted ? null : `gives\n${found}`;
const named = ({ words }: Block): string | undefined => words.find((word) => /\.(rgs|md)$/.test(word));
const isRules = ({ words }: Block): boolean => words[0] === 'rgs' || (words[0] === 'md' && words.length > 1);

function exampleOf(block: Block, after: readonly Block[]): ReferenceExample {
  const { line, section, words, text } = block;
  const files: Files = [{ path: FILE, bytes: utf8(text) }];
  const next = (word: string): string | undefined => after.slice(0, 2).find((each) => each.words[0] === word)?.text;
  const shows = words[1] ?? 'holds';
  const check = (): string | null => {
    if (shows === 'fails' || shows === 'warns') return same(findingsOf(files), next('text'));
    if (shows === 'explain') return same(explanationOf(files, next('json') ?? 'null'), next('text'));
    return shows === 'holds' ? faultOf(files) : `\`${shows}\` is no kind of example`;
  };
  return { title: `line ${line}, ${section}: ${shows}`, check };
}

function bundlesOf(blocks: readonly Block[]): readonly ReferenceExample[] {
  const sections = new Map<string, { path: string; bytes: Uint8Array }[]>();
  for (const block of blocks) {
    const path = named(block);
    if (path === undefined) continue;
    const files = sections.get(block.section) ?? [];
    files.push({ path, bytes: utf8(block.text) });
    sections.set(block.section, files);
  }
  return [...sections].map(([section, files]) => ({
    title: `${section}: ${files.map(({ path }) => path).join(', ')}`,
    check: () => faultOf(files),
  }));
}

const ROW = /^\| `((?:[^`|]|\\\|)+)` \| (?:`((?:[^`|]|\\\|)+)`|error `(policy\/[a-z-]+)`) \|/;

/** An expression and what it gives. */
export interface ReferenceRow {
  readonly expression: string;
  /** The value, or ... */
  readonly value: string | undefined;
  /** ... the code of the error. */
  readonly code: string | undefined;
}

/** The rows of tables that say what an expression gives. */
export function referenceRows(markdown: string): readonly ReferenceRow[] {
  return markdown.split('\n').flatMap((line) => {
    const [, expression, value, code] = (ROW.exec(line) ?? []).map((part) => part?.replaceAll('\\|', '|'));
    return expression === undefined ? [] : [{ expression, value, code }];
  });
}

function checkRow({ expression, value, code }: ReferenceRow): string | null {
  const condition = value === undefined ? `_x = ${expression}` : `(${expression}) == ${value}`;
  const text = `warn "right" when { ${condition} }`;
  const { bundle, diagnostics } = checkSources([{ path: FILE, bytes: utf8(text) }]);
  if (bundle === null) return diagnostics.map(({ message }) => message).join('; ');
  const { fired, errors } = prepare(bundle.program, { sources: bundle.sources }).evaluate(completeInput({}));
  const found = errors[0]?.code;
  if (found !== code) return `errs with ${found}: ${errors[0]?.message}`;
  return code !== undefined || fired.length === 1 ? null : 'has another value';
}

/** Every example of the page. */
export function referenceExamples(markdown: string): readonly ReferenceExample[] {
  const blocks = blocksOf(markdown);
  const single = blocks.flatMap((block, at) =>
    isRules(block) && named(block) === undefined ? [exampleOf(block, blocks.slice(at + 1))] : [],
  );
  const rows = referenceRows(markdown).map((row) => ({ title: row.expression, check: () => checkRow(row) }));
  return [...single, ...bundlesOf(blocks), ...rows];
}
