/** Media types of file names that research uses. What is not here is not guessed. */
const TYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  json: 'application/json',
  txt: 'text/plain',
  md: 'text/markdown',
  html: 'text/html',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  pdf: 'application/pdf',
  mjs: 'text/javascript',
  js: 'text/javascript',
  py: 'text/x-python',
  wasm: 'application/wasm',
  xml: 'application/xml',
  yaml: 'application/yaml',
  yml: 'application/yaml',
  parquet: 'application/vnd.apache.parquet',
};

export function mediaTypeOf(path: string): string | null {
  const extension = /\.([A-Za-z0-9]{1,8})$/.exec(path)?.[1]?.toLowerCase();
  return extension !== undefined && Object.hasOwn(TYPES, extension) ? (TYPES[extension] ?? null) : null;
}

/** Home pages of interpreters that everybody knows: the profile asks for one, and a record has none. */
const HOMES: Readonly<Record<string, string>> = {
  node: 'https://nodejs.org/',
  python: 'https://www.python.org/',
  python3: 'https://www.python.org/',
  R: 'https://www.r-project.org/',
  Rscript: 'https://www.r-project.org/',
  julia: 'https://julialang.org/',
  bash: 'https://www.gnu.org/software/bash/',
  quickjs: 'https://bellard.org/quickjs/',
};

export function homeOf(tool: string): string | null {
  return Object.hasOwn(HOMES, tool) ? (HOMES[tool] ?? null) : null;
}
