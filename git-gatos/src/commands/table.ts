/** Every command, in the order of the help. A command's code is loaded when it is run, so each costs the others nothing. */
import type { Table } from '../command/index.js';
import { group as config } from './config/group.js';
import { group as fold } from './fold/group.js';
import { group as key } from './key/group.js';
import { group as prove } from './prove/group.js';
import { group as state } from './state/group.js';
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
  { title: 'people and settings', entries: [key, trust, config] },
  {
    title: 'about git gatos',
    entries: [
      { name: 'help', summary: 'explain a command', load: () => import('./help.js') },
      { name: 'version', summary: 'say which version this is', load: () => import('./version.js') },
      { name: 'completion', summary: 'print a completion script for a shell', load: () => import('./completion.js') },
      { name: '__complete', summary: 'answer a completion script', hidden: true, load: () => import('./complete.js') },
    ],
  },
];
