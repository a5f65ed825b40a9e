# Shortcuts; each recipe is one plain command that works without just.

# What has to pass before a change is merged: format, lints, all tests.
check:
    .ci/run

# All tests; the first run builds the control plane.
test:
    cargo test

# Takes over changed snapshots; read the diff afterwards.
accept:
    INSTA_UPDATE=always cargo test

# The tests against the control plane alone.
cluster:
    cargo test --test cluster

# A control plane to try things on: prints the lines that point kubectl and helm at it, ends with Ctrl-C.
plane:
    WINDLASS_KEEP_PLANE=1 cargo test --quiet --test cluster

# Time and memory beside Helm's.
bench:
    cargo bench

# One fuzz target (yaml, gotemplate, set, semver, archive) for ten minutes; see fuzz/README.md.
fuzz TARGET:
    cargo +nightly fuzz run {{TARGET}} fuzz/corpus/{{TARGET}} fuzz/seeds/{{TARGET}} -- -max_total_time=600 -max_len=65536 -timeout=10 -rss_limit_mb=2048

# The library's documentation, private items included.
docs:
    cargo doc --no-deps --document-private-items

# Licenses, sources and duplicate versions of all dependencies.
deny:
    cargo deny check bans licenses sources
