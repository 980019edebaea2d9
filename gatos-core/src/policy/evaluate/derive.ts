/** All rows of all relations: layer by layer, recursive ones by rounds in which only new rows meet the others (semi-naive). */
import type { RuleFault, Val } from '../builtins/index.js';
import type { Env } from './env.js';
import type { Prepared, PreparedClause, PreparedPredicate } from './prepare.js';
import type { Relation } from './relation.js';
import type { Run } from './run.js';
import { type Body, solve } from './solve.js';

/** Derives the relations that `wanted` names. */
export function deriveAll(prepared: Prepared, run: Run, wanted: (predicate: PreparedPredicate) => boolean): void {
  prepared.program.strata.forEach((layer, stratum) => {
    const members = layer.map((at) => prepared.predicates[at] as PreparedPredicate).filter(wanted);
    if (members.length > 0) deriveLayer(run, stratum, members);
  });
}

function deriveLayer(run: Run, stratum: number, members: readonly PreparedPredicate[]): void {
  const relations = members.map(({ index }) => run.relations[index] as Relation);
  run.stratum = stratum;
  run.within(() => {
    for (const member of members) {
      for (const clause of member.clauses)
        if (clause.rounds.length === 0) deriveClause(run, member, clause, clause.body);
    }
    while (nextRound(relations)) {
      for (const member of members) {
        for (const clause of member.clauses) deriveRound(run, member, clause);
      }
    }
  });
  // Also when the gas ran out: what was derived stands.
  while (nextRound(relations));
  run.stratum = -1;
}

/** Makes the rows of the round that ended those of the last round. False when there are none. */
function nextRound(relations: readonly Relation[]): boolean {
  let grew = false;
  for (const relation of relations) {
    relation.old = relation.end;
    relation.end = relation.rows.length;
    grew ||= relation.end > relation.old;
  }
  return grew;
}

function deriveRound(run: Run, member: PreparedPredicate, clause: PreparedClause): void {
  for (const { predicate, body } of clause.rounds) {
    const { old, end } = run.relations[predicate] as Relation;
    if (end > old) deriveClause(run, member, clause, body);
  }
}

function deriveClause(
  run: Run,
  { index, name, usesGrants, clauses }: PreparedPredicate,
  clause: PreparedClause,
  body: Body,
): void {
  const at = clauses.indexOf(clause);
  const env: Env = new Array<Val | undefined>(clause.source.slots);
  const { head } = clause;
  run.rule = name;
  const take = (): boolean => {
    const row = head.map((each) => each(env, run));
    // Of each row of what depends on grants it is asked later from what it follows; for explanations, of every row.
    if (run.derive(index, row) && (usesGrants || run.keepsProofs)) run.keepProof(index, { clause: at, env: [...env] });
    return false;
  };
  solve(body, env, run, take, { onFault: (fault: RuleFault) => run.note(name, fault) });
}
