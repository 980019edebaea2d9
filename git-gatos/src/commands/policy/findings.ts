/** Findings of the compiler, as people and programs get them; what every command says of a policy that does not compile. */
import { type CheckedSources, checkSources, type Diagnostic, formatDiagnostic, type PolicyBundle } from 'gatos-core';
import type { Context } from '../../context.js';
import type { Answer } from '../../output/outcome.js';
import { visible } from '../../output/style.js';
import { counted } from '../../view/count.js';
import { type PolicyFile, readPolicyFiles, shownPath } from './files.js';

export interface CheckedFiles extends CheckedSources {
  readonly files: readonly PolicyFile[];
}

/** Throws as `readPolicyFiles` and `checkSources`; findings are in the result. */
export async function checkFiles({ cwd }: Context, paths: readonly string[]): Promise<CheckedFiles> {
  const files = await readPolicyFiles(cwd, paths);
  return { ...checkSources(files), files };
}

export interface CompiledFiles extends CheckedFiles {
  readonly bundle: PolicyBundle;
}

/**
 * What a command does with a policy that compiles. One that does not is answered with all its findings and exit `no`; warnings of
 * one that does are shown beside the answer.
 */
export async function withBundle(
  context: Context,
  paths: readonly string[],
  work: (compiled: CompiledFiles) => Promise<Answer> | Answer,
): Promise<Answer> {
  const checked = await checkFiles(context, paths);
  const { bundle } = checked;
  if (bundle === null) return findingsAnswer(context, checked);
  if (bundle.warnings.length > 0 && !context.json)
    context.note(bundle.warnings.map((each) => textOf(context, checked, each)).join('\n'));
  return work({ ...checked, bundle });
}

/** All findings, and how many they are. */
export function findingsAnswer(context: Context, checked: CheckedFiles): Answer {
  const { diagnostics, bundle } = checked;
  const text = diagnostics.flatMap((each) => [paintedTextOf(context, checked, each), '']);
  return {
    value: { ok: bundle !== null, diagnostics: diagnostics.map((each) => findingValue(context, checked, each)) },
    text: [...text, tally(diagnostics)],
    exit: bundle === null ? 'no' : 'ok',
  };
}

export function findingValue(
  { cwd }: Context,
  { files }: CheckedFiles,
  diagnostic: Diagnostic,
): Diagnostic & { readonly path: string } {
  const { severity, code, message, hint, file, line, column, span } = diagnostic;
  return { severity, code, message, hint, file, path: pathOf(cwd, files, file), line, column, span };
}

function pathOf(cwd: string, files: readonly PolicyFile[], name: string): string {
  const file = files.find(({ path }) => path === name);
  return file === undefined ? name : shownPath(cwd, file.location);
}

function textOf({ cwd }: Context, { files, sources }: CheckedFiles, diagnostic: Diagnostic): string {
  const file = pathOf(cwd, files, diagnostic.file);
  return formatDiagnostic({ ...diagnostic, file }, sources.get(diagnostic.file) ?? '');
}

const MARKS = { error: 'red', warning: 'yellow' } as const;

function paintedTextOf(context: Context, checked: CheckedFiles, diagnostic: Diagnostic): string {
  const { severity } = diagnostic;
  const text = visible(textOf(context, checked, diagnostic));
  return text.replace(`: ${severity}: `, `: ${context.colour[MARKS[severity]](severity)}: `);
}

function tally(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const warnings = diagnostics.length - errors;
  return [
    ...(errors > 0 ? [counted(errors, 'error')] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
  ].join(', ');
}

/** `2 modules, 3 rules, 4 denials and warnings, 5 tests`. */
export function sizeOf({ program, tests }: PolicyBundle): string {
  const { modules, predicates, heads } = program;
  const denials = heads.filter(({ effect }) => effect === 'deny').length;
  const warnings = heads.length - denials;
  return [
    counted(modules.length, 'module'),
    counted(predicates.length, 'rule'),
    counted(denials, 'denial'),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
    counted(tests.length, 'test'),
  ].join(', ');
}
