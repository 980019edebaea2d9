/** Programs whose version is known to be asked for safely. Others are recorded by their digest alone. */
export interface Interpreter {
  readonly version: readonly string[];
  /** Makes it print the path of its own file. */
  readonly whereabouts?: readonly string[];
}

const DASHES: Interpreter = { version: ['--version'] };
const PYTHON: Interpreter = { ...DASHES, whereabouts: ['-c', 'import sys; print(sys.executable)'] };

const INTERPRETERS: Readonly<Record<string, Interpreter>> = {
  awk: DASHES,
  bash: DASHES,
  bun: DASHES,
  deno: DASHES,
  dotnet: DASHES,
  gcc: DASHES,
  gawk: DASHES,
  go: { version: ['version'] },
  java: { version: ['--version'] },
  julia: DASHES,
  make: DASHES,
  node: { ...DASHES, whereabouts: ['-p', 'process.execPath'] },
  octave: DASHES,
  perl: { version: ['-e', 'print "perl $^V"'], whereabouts: ['-e', 'print $^X'] },
  php: DASHES,
  pypy: PYTHON,
  python: PYTHON,
  R: DASHES,
  Rscript: DASHES,
  ruby: { ...DASHES, whereabouts: ['-e', 'puts RbConfig.ruby'] },
  rustc: DASHES,
  sqlite3: DASHES,
  uv: DASHES,
  zsh: DASHES,
};

/** `python3.12` is a `python`. */
export function interpreterOf(name: string): Interpreter | undefined {
  const plain = name in INTERPRETERS ? name : name.replace(/-?\d+(\.\d+)*$/, '');
  return Object.hasOwn(INTERPRETERS, plain) ? INTERPRETERS[plain] : undefined;
}
