/** Import: rows of CSV, TSV, NDJSON and JSON, and the commits of a git history, become events. */
export { readCell } from './csv-cell.js';
export { type GitHistory, type HistoryRequest, openGitHistory } from './git-history.js';
export { type ImportFormat, type ImportRequest, type ImportResult, importRows, type RejectedRow } from './importer.js';
export { readLines } from './lines.js';
export { openRejectFile, type RejectFile } from './rejects.js';
