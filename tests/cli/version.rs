//! `version`.

use insta::assert_snapshot;

use crate::Place;

#[test]
fn version_says_which_windlass_and_which_helm() {
    let says = |line: &str| Place::new().says(line).replace(env!("CARGO_PKG_VERSION"), "[version]");
    assert_snapshot!(says("version"), @r#"
    exit code 0
    --- stdout
    version.BuildInfo{Version:"v[version]", GitCommit:"", GitTreeState:"", GoVersion:"", KubeClientVersion:"v1.37", HelmVersion:"v4.3.1", WindlassVersion:"v[version]"}
    "#);
    assert_snapshot!(says("version --short"), @"
    exit code 0
    --- stdout
    v[version]
    ");
    assert_snapshot!(says("version --template {{.HelmVersion}}+{{.Version}}"), @"
    exit code 0
    --- stdout
    v4.3.1+v[version]
    ");
    assert_snapshot!(says("version --template {{.Nope}}"), @"
    exit code 2
    --- stderr
    Error: `{{.Nope}}` has more in it than fields such as {{.Version}}
    ");
    assert_snapshot!(says("version now"), @r#"
    exit code 2
    --- stderr
    Error: "windlass version" accepts no arguments

    Usage:  windlass version [flags]
    "#);
}
