/** What a test asks of a call that has to be refused. */
import { GatosError } from '../src/kernel/index.js';

/** The fault that an action throws. Throws itself when the action succeeds or fails in another way. */
export function refusalOf(action: () => unknown): GatosError {
  let result: unknown;
  try {
    result = action();
  } catch (error) {
    if (error instanceof GatosError) return error;
    throw error;
  }
  throw new Error(`accepted: ${String(result)}`);
}

/** The code of the fault that an action throws, or undefined when it succeeds. Passes on what is no GatosError. */
export function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof GatosError) return error.code;
    throw error;
  }
}
