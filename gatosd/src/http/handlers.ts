/** Who answers which route, by the id of the route. */
import { about, health, openapi } from './answer-about.js';
import { getBlob, getBlobBytes, getBlobProof } from './answer-blobs.js';
import { callTool } from './answer-calls.js';
import { getChunk, putChunk } from './answer-chunks.js';
import { checkCapability, getCapability, getEffect, getReceipt, listEffects } from './answer-records.js';
import type { Handler } from './exchange.js';

export const HANDLERS: Readonly<Record<string, Handler>> = {
  about,
  openapi,
  health,
  callTool,
  listEffects,
  getEffect,
  getReceipt,
  getChunk,
  putChunk,
  getBlob,
  getBlobBytes,
  getBlobProof,
  getCapability,
  checkCapability,
};
