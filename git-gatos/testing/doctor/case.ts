/** One thing that doctor can find: how it comes about, and how it is mended. */
import type { DoctorWorld } from './world.js';

export interface Case {
  /** Without `doctor/`. */
  readonly code: string;
  /** Which way of coming about, where there are several. */
  readonly note?: string;
  /** Where doctor is run: in the clone unless it says otherwise. */
  readonly where?: (world: DoctorWorld) => string;
  /** The world to start from. Default: `default`. */
  readonly from?: 'default' | 'research';
  provoke(world: DoctorWorld): Promise<void> | void;
  /** Runs the mend, with whatever a person does before or after it. Default: only the mend. `null`: there is none. */
  readonly mend?: ((world: DoctorWorld, line: string) => Promise<void> | void) | null;
}

export const atServer = (world: DoctorWorld): string => world.server;
