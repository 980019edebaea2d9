/** The policy that `policy new` writes, and its tests: `%name%` and `%id%` are filled in. */

export const POLICY = `# %name%: tried on every push. What no rule denies is allowed.
#
# \`input\` is the push: its updates, their commits and changed paths, who signed, what was granted
# (\`git gatos policy eval --schema\` lists every field). \`git gatos policy test\` runs %name%_test.rgs.

# The branches that this policy guards.
const guarded = ["main", "release/**"]

# A rule is a relation: each way of making its body true is one row. Here: the guarded updates.
rule guards(update) if {
  update in input.updates
  update.space == "branch"
  glob.any(guarded, update.name)
}

# Whatever makes the body of a \`deny\` true is refused; \`{…}\` puts values into the message.
deny "%id%-history"
  message "{update.ref} would lose commits"
  hint "git pull, then push without --force"
when {
  guards(update)
  not update.fast_forward
}

# \`warn\` says something and lets it pass.
warn "%id%-unsigned"
  message "commit {commit.id} on {update.ref} is not signed by a known key"
when {
  guards(update)
  commit in update.commits
  commit.signer == null
}
`;

export const POLICY_TEST = `# What is not given has its preset: \`git gatos policy eval --schema\` lists them.

test "an ordinary push passes" {
  given {
    "updates": [{ "ref": "refs/heads/main", "fast_forward": true }]
  }
  expect allow
}

test "rewriting main is denied" {
  given {
    "updates": [{ "ref": "refs/heads/main", "kind": "update", "fast_forward": false }]
  }
  expect deny "%id%-history"
  expect message "refs/heads/main would lose commits"
}

test "deleting a release is denied" {
  given {
    "updates": [{ "ref": "refs/heads/release/1", "kind": "delete" }]
  }
  expect deny "%id%-history"
}

test "other branches are nobody's business" {
  given {
    "updates": [{ "ref": "refs/heads/draft", "kind": "delete" }]
  }
  expect allow
}

test "an unsigned commit is told, and passes" {
  given {
    "updates": [{ "ref": "refs/heads/main", "fast_forward": true, "commits": [{ "signer": null }] }]
  }
  expect allow
  expect warn "%id%-unsigned"
}
`;
