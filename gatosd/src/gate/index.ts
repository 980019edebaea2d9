/**
 * The gate at work: three doors (a server's `pre-receive`, a person's `pre-push`, a range in CI) that judge by the same function of
 * gatos-core, the hooks that lead to them, and the gate that stays. A door refuses whenever it cannot judge.
 */
export { type CheckRequest, checkRange } from './check-range.js';
export type { DoorRequest } from './door.js';
export { doorError, gateServiceError, hookError } from './errors.js';
export { FLOOD_BOUNDS, type FloodBounds } from './flood.js';
export { type GateKeyStatus, gateAuthor } from './gate-key.js';
export { isOurs, type Program } from './hook-script.js';
export {
  type FoundHook,
  type HooksRequest,
  type InstalledHook,
  type InstallHooksRequest,
  type InstallHooksResult,
  inspectHooks,
  installHooks,
  type Side,
  type UninstalledHook,
  uninstallHooks,
} from './hooks.js';
export { type PrePushRequest, prePush } from './pre-push.js';
export { type PreReceiveRequest, preReceive } from './pre-receive.js';
export type { GateResult } from './result.js';
export { type ServedGate, type ServeGateRequest, serveGate } from './serve.js';
export { gateSocketPath, isAnswered } from './socket.js';
