/** Places of a program as file, line and column. */
import { sha256 } from '#hash';
import { bytesEqual, utf8 } from '../../kernel/index.js';
import type { Place, Program } from '../compile/index.js';
import { Source } from '../language/index.js';
import { evaluateError } from './errors.js';

export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Texts of the modules by file, as they were compiled. */
export type Sources = ReadonlyMap<string, string>;

export class Positions {
  readonly #files: readonly string[];
  /** Of each module; null where the sources were not given. */
  readonly #sources: readonly (Source | null)[];

  /** `sources`: of all modules, or null. Throws `evaluate/source` when one is missing or is not what was compiled. */
  constructor({ modules }: Program, sources: Sources | null) {
    this.#files = modules.map(({ file }) => file);
    this.#sources = modules.map(({ file, digest }) => {
      if (sources === null) return null;
      const text = sources.get(file);
      if (text === undefined) throw evaluateError('source', { file, why: 'it is not there' });
      if (!bytesEqual(sha256(utf8(text)), digest)) throw evaluateError('source', { file, why: 'its digest differs' });
      return new Source({ file, text });
    });
  }

  of([module, start]: Place): Position {
    const file = this.#files[module] ?? '';
    const source = this.#sources[module] ?? null;
    return source === null ? { file, line: 0, column: start } : { file, ...source.positionOf(start) };
  }

  /** The text of a place on one line; null without its source. */
  textOf([module, start, end]: Place): string | null {
    return this.#sources[module]?.text.slice(start, end).replace(/\s+/g, ' ').trim() ?? null;
  }
}
