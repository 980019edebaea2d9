/** A bundle that holds every construct of the policy language, for tests of its compiled form. */
import { compileBundle, type Program } from '../src/policy/index.js';

interface PolicyFile {
  readonly file: string;
  readonly text: string;
}

const PEOPLE = `
const leads = ["user:a", "user:b"]
rule lead(actor) if { actor in leads }
rule lead(actor) if { member("leads", actor) }
rule works_on(actor, path) if { lead(actor); path.within("src", path) }
`;

const LAW = `
import people
import house.times as clock

rule touches(u, path) if { u in input.updates; c in u.commits; x in c.changes; path = x.path; x.op in ["add", "modify"] }
rule touches(u, "everything") if { u in input.updates; u.kind == "delete" }
rule parent(a, b) if { u in input.updates; c in u.commits; a = c.id; b in c.parents }
rule reach(a, b) if { parent(a, b) }
rule reach(a, c) if { reach(a, b); parent(b, c) }
rule busy(n) if { n > 3 + 2 * 4 - 1 }
rule same(x, x) if { x in input.options }
rule twice(x, x) if { starts_with(x, "a") }

deny "api" message "{{{path}}} is \\"API\\": {u.ref} {count { c | c in u.commits }}" because "ADR-0042" hint "ask {u.ref}" when {
  touches(u, path)
  not granted("api", u.ref, ["user:a"])
  not { people.works_on(u.ref, path); clock.night(input.received) }
}
require "signed" message "{c.id}" for { u in input.updates; c in u.commits } that { c.signer != null; people.lead(c.signer.actor) }
warn "loops" when { reach(a, a); same(b, b); twice(b, b); a != b }
deny "many" message "n {n}" when {
  n = count { x | u in input.updates; x in u.commits; every p in x.parents { p != x.id } }
  busy(n)
  xs = [a + "x" | reach(a, a)]
  { "a": xs, "b c": [n, -1] } != { "\\u{1F600}\\u{0}": { "__proto__": null } }
  m = max(xs)
  m not in ["-", m + m]
  -5 < n - (n - 1)
  k, v in input.groups
  every i, w in v { w != k; i >= 0 }
  u in input.updates
  u.commits[0].id == m
  has(v2, "a") == false
  v2 = { "z": 7d }
  grant(_, "x", _, ["user:a"])
  min { t | t in [1, 2] } < 2
}
`;

export const POLICY_FILES: readonly PolicyFile[] = [
  { file: 'people.rgs', text: PEOPLE },
  { file: 'law.rgs', text: LAW },
  { file: 'house/times.rgs', text: 'rule night(t) if { time.hour(t, 60) < 6 }' },
  { file: 'law_test.rgs', text: 'test "a" { given { "updates": [{}] } expect deny "many" }' },
];

/** The program of these files. Throws with the diagnostics when they do not compile. */
export function compiledPolicy(files: readonly PolicyFile[]): Program {
  const { program, diagnostics } = compileBundle(files);
  if (program === null)
    throw new Error(diagnostics.map(({ line, column, message }) => `${line}:${column} ${message}`).join('\n'));
  return program;
}
