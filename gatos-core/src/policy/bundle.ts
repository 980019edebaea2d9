/** A policy bundle: its sources as given, and what they compile to. */
import type { NewFile } from '../chain/index.js';
import { LIMITS } from '../kernel/index.js';
import { compileBundle, encodeProgram, type PolicyTest, type Program, policyCodeRoot } from './compile/index.js';
import { policyError } from './errors.js';
import type { Sources } from './evaluate/index.js';
import { orderedSources } from './files.js';
import { type Diagnostic, formatDiagnostic } from './language/index.js';

export interface PolicyBundle {
  /** As given, sorted by path. */
  readonly files: readonly NewFile[];
  /** Their texts by path. */
  readonly sources: Sources;
  readonly program: Program;
  /** The `.rgc` bytes. */
  readonly code: Uint8Array;
  /** Their SHA-256. */
  readonly codeRoot: Uint8Array;
  readonly tests: readonly PolicyTest[];
  /** What the compiler warns about. */
  readonly warnings: readonly Diagnostic[];
}

export interface CheckedSources {
  /** Null when there is an error. */
  readonly bundle: PolicyBundle | null;
  /** Sorted by file and place; warnings too. */
  readonly diagnostics: readonly Diagnostic[];
  /** Texts by path, for `formatDiagnostic`. */
  readonly sources: Sources;
}

/**
 * Compiles the files of a bundle: `.rgs`, `*_test.rgs`, and Markdown. Paths are relative to the bundle; the order of files is of no
 * account. Throws `policy/bad-file`, `policy/bundle-too-large` for what is no set of sources at all.
 */
export function checkSources(given: readonly NewFile[]): CheckedSources {
  const { files, texts: sources } = orderedSources(given);
  const { program, diagnostics, tests } = compileBundle(
    files.map(({ path: file }) => ({ file, text: sources.get(file) ?? '' })),
  );
  if (program === null) return { bundle: null, diagnostics, sources };
  const code = encodeProgram(program);
  if (code.length > LIMITS.policyCodeBytes)
    throw policyError('bundle-too-large', {
      what: 'the compiled rules',
      bytes: code.length,
      limit: LIMITS.policyCodeBytes,
    });
  const warnings = diagnostics.filter(({ severity }) => severity === 'warning');
  return {
    bundle: { files, sources, program, code, codeRoot: policyCodeRoot(code), tests, warnings },
    diagnostics,
    sources,
  };
}

/** As `checkSources`, for who needs the bundle. Throws `policy/does-not-compile` with all findings. */
export function readSources(given: readonly NewFile[]): PolicyBundle {
  const { bundle, diagnostics, sources } = checkSources(given);
  if (bundle !== null) return bundle;
  const shown = diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, sources.get(diagnostic.file) ?? ''));
  throw policyError('does-not-compile', { diagnostics, shown });
}
