/** Zstandard of chunks: the one adapter of Node. */
export { loadWasmZstd, loadZstd, type Zstd } from 'gatos-core/node';
