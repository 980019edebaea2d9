/**
 * The pieces of isomorphic-git that the adapter uses, loaded on first use: programs that never open a repository this way do
 * not pay for it, and a bundler keeps only these pieces.
 */
export { readObject, writeObject } from 'isomorphic-git';
export { FileSystem as EngineFileSystem } from 'isomorphic-git/models';
