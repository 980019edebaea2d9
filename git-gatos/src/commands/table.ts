/** Every command, in the order of the help. A command's code is loaded when it is run, so each costs the others nothing. */
import type { Table } from '../command/index.js';
import { group as blob } from './blob/group.js';
import { group as bus } from './bus/group.js';
import { group as cap } from './cap/group.js';
import { group as config } from './config/group.js';
import { group as ctvp } from './ctvp/group.js';
import { group as effect } from './effect/group.js';
import { group as fold } from './fold/group.js';
import { group as gate } from './gate/group.js';
import { group as hooks } from './hooks/group.js';
import { group as ir } from './ir/group.js';
import { group as job } from './job/group.js';
import { group as key } from './key/group.js';
import { group as policy } from './policy/group.js';
import { group as pox } from './pox/group.js';
import { group as prove } from './prove/group.js';
import { group as serve } from './serve/group.js';
import { group as state } from './state/group.js';
import { group as tool } from './tool/group.js';
import { group as trust } from './trust/group.js';

export const TABLE: Table = [
  {
    title: 'start and exchange',
    entries: [
      {
        name: 'init',
        summary: 'start here: a repository, a key, and the trust chain',
        load: () => import('./init.js'),
      },
      {
        name: 'clone',
        summary: 'clone a repository with its GATOS history, verified',
        load: () => import('./clone.js'),
      },
      { name: 'sync', summary: 'bring chains here, verified, and push ours', load: () => import('./sync.js') },
    ],
  },
  {
    title: 'record and read',
    entries: [
      { name: 'emit', summary: 'record one event', load: () => import('./emit.js') },
      { name: 'import', summary: 'record the rows of a file as events', load: () => import('./import.js') },
      { name: 'log', summary: 'list events in the order in which folds see them', load: () => import('./log.js') },
      {
        name: 'show',
        summary: 'explain anything by its id: an event, an envelope, a ref',
        load: () => import('./show.js'),
      },
      {
        name: 'inspect',
        summary: 'take anything apart: a file or an id, field by field',
        load: () => import('./inspect.js'),
      },
    ],
  },
  {
    title: 'fold and prove',
    entries: [
      fold,
      state,
      prove,
      {
        name: 'verify',
        summary: 'check every byte: chains, signatures, trust, proofs',
        load: () => import('./verify.js'),
      },
      { name: 'bisect', summary: 'find the event that made a state bad', load: () => import('./bisect.js') },
    ],
  },
  {
    title: 'work that proves itself',
    entries: [
      { name: 'run', summary: 'run a command, and record what makes it checkable', load: () => import('./run.js') },
      job,
      ir,
      effect,
      tool,
      blob,
      serve,
      bus,
      pox,
      {
        name: 'reproduce',
        summary: 'run an experiment again, and compare what comes out',
        load: () => import('./reproduce.js'),
      },
    ],
  },
  {
    title: 'law and consent',
    entries: [
      cap,
      policy,
      { name: 'propose', summary: 'ask for a grant', load: () => import('./propose.js') },
      { name: 'approve', summary: 'agree to a proposal', load: () => import('./approve.js') },
      {
        name: 'grant',
        summary: 'make a grant of a proposal whose quorum is met',
        load: () => import('./grant.js'),
      },
      {
        name: 'revoke',
        summary: 'take back a grant, an approval or a proposal',
        load: () => import('./revoke.js'),
      },
      {
        name: 'proposals',
        summary: 'show what is proposed and granted, and who may still approve',
        load: () => import('./proposals.js'),
      },
      gate,
      hooks,
    ],
  },
  {
    title: 'people and settings',
    entries: [
      key,
      trust,
      config,
      {
        name: 'doctor',
        summary: 'find what is wrong here, and the command that mends it',
        load: () => import('./doctor.js'),
      },
    ],
  },
  {
    title: 'about git gatos',
    entries: [
      {
        name: 'help',
        summary: 'explain a command',
        load: async () => ({ command: (await import('./help.js')).helpOn(TABLE) }),
      },
      ctvp,
      { name: 'version', summary: 'say which version this is', load: () => import('./version.js') },
      { name: 'completion', summary: 'print a completion script for a shell', load: () => import('./completion.js') },
      {
        name: '__complete',
        summary: 'answer a completion script',
        hidden: true,
        load: async () => ({ command: (await import('./complete.js')).completionOf(TABLE) }),
      },
    ],
  },
];
