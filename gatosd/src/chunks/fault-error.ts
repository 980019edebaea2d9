/** From the faults that cross threads to those that are thrown. */
import type { GatosError } from 'gatos-core';
import type { Fault } from './chunk-work.js';
import type { ChunkCodec } from './codec.js';
import { chunkError } from './errors.js';
import { faultOfCode } from './faults.js';

export interface FaultPlace {
  readonly index: number;
  readonly store: string;
  readonly codec: ChunkCodec;
  readonly hash?: string | undefined;
  readonly len?: number | undefined;
}

export function errorOfFault(fault: Fault, { index, store, codec, hash = '', len = 0 }: FaultPlace): GatosError {
  switch (fault.what) {
    case 'short-source':
      return chunkError('changed-meanwhile', { path: fault.path });
    case 'missing':
      return chunkError('missing', { index, hash, store });
    case 'altered':
      return chunkError('altered', { index, hash, store });
    case 'length':
      return chunkError('length', { index, hash, store, expected: len });
    case 'undecodable':
      return chunkError('undecodable', { index, codec, why: fault.why });
    case 'system':
      return faultOfCode(fault.code, fault);
  }
}
