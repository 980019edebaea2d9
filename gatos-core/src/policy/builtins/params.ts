/** Types and parameters as signatures name them. */
import type { Type } from '../input/index.js';
import type { Param } from './types.js';

export const ANY: Type = { t: 'any' };
export const BOOL: Type = { t: 'bool' };
export const INT: Type = { t: 'int' };
export const NULL: Type = { t: 'null' };
export const TEXT: Type = { t: 'text' };
export const listOf = (of: Type): Type => ({ t: 'list', of });
export const MAP: Type = { t: 'map', of: ANY };
export const LIST: Type = listOf(ANY);
export const TEXTS: Type = listOf(TEXT);
export const INTS: Type = listOf(INT);

export const text = (name: string): Param => ({ name, accepts: [TEXT] });
export const int = (name: string): Param => ({ name, accepts: [INT] });
export const list = (name: string): Param => ({ name, accepts: [LIST] });
export const texts = (name: string): Param => ({ name, accepts: [TEXTS] });
export const record = (name: string): Param => ({ name, accepts: [MAP] });
export const any = (name: string): Param => ({ name, accepts: [ANY] });
