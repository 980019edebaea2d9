/**
 * The gateway: calling tools under authority, once for each key, with receipts. Invariants: nothing is invoked that is not recorded before
 * (with a key) and allowed; at most one invocation for each lease; what came of it is recorded before the caller gets it.
 */
export { gatewayError, type ToldCheck } from './errors.js';
export { callTool, type Gateway, type GatewayOptions, openGateway } from './gateway.js';
export type { CalledTool, CallStep, CallToolRequest, ToolLog } from './request.js';
