//! Command lines that cannot be understood, and those that only ask.

use insta::assert_snapshot;

use crate::Place;
use crate::sandbox::WINDLASS;

#[track_caller]
fn says(line: &str) -> String {
    Place::new().says(line)
}

#[test]
fn an_unknown_command_gets_a_suggestion() {
    assert_snapshot!(says("lst"), @r#"
    exit code 2
    --- stderr
    Error: unknown command "lst" for "windlass"
    hint: did you mean `list`?
    "#);
    assert_snapshot!(says("get value web"), @r#"
    exit code 2
    --- stderr
    Error: unknown command "value" for "windlass get"
    hint: did you mean `values`?
    "#);
    assert_snapshot!(says("frobnicate"), @r#"
    exit code 2
    --- stderr
    Error: unknown command "frobnicate" for "windlass"
    hint: `windlass --help` shows all commands
    "#);
}

#[test]
fn what_helm_has_and_windlass_not_yet_is_said() {
    assert_snapshot!(says("package ./web"), @r#"
    exit code 2
    --- stderr
    Error: unknown command "package" for "windlass"
    hint: windlass does not have Helm's `package` here yet
    "#);
    assert_snapshot!(says("upgrade web ./web --qps 5"), @"
    exit code 2
    --- stderr
    Error: unknown flag: --qps
    hint: windlass does not have Helm's `--qps` here yet
    ");
}

#[test]
fn an_unknown_flag_gets_a_suggestion() {
    assert_snapshot!(says("install web ./web --set-sting a=b"), @"
    exit code 2
    --- stderr
    Error: unknown flag: --set-sting
    hint: did you mean `--set-string`?
    ");
    assert_snapshot!(says("list -Z"), @"
    exit code 2
    --- stderr
    Error: unknown shorthand flag: 'Z' in -Z
    ");
}

#[test]
fn a_wrong_number_of_arguments_shows_the_usage() {
    assert_snapshot!(says("upgrade web"), @r#"
    exit code 2
    --- stderr
    Error: "windlass upgrade" requires 2 arguments

    Usage:  windlass upgrade RELEASE CHART [flags]
    "#);
    assert_snapshot!(says("list web"), @r#"
    exit code 2
    --- stderr
    Error: "windlass list" accepts no arguments

    Usage:  windlass list [flags]
    "#);
    assert_snapshot!(says("rollback web 1 2"), @r#"
    exit code 2
    --- stderr
    Error: "windlass rollback" requires 1 to 2 arguments

    Usage:  windlass rollback RELEASE [REVISION] [flags]
    "#);
    assert_snapshot!(says("install -- web ./web more"), @r#"
    exit code 2
    --- stderr
    Error: "windlass install" requires 1 to 2 arguments

    Usage:  windlass install [NAME] CHART [flags]
    "#);
    assert_snapshot!(says("uninstall"), @r#"
    exit code 2
    --- stderr
    Error: "windlass uninstall" requires at least 1 argument

    Usage:  windlass uninstall RELEASE... [flags]
    "#);
    assert_snapshot!(says("template"), @r#"
    exit code 2
    --- stderr
    Error: "windlass template" requires 1 to 2 arguments

    Usage:  windlass template [NAME] CHART [flags]
    "#);
}

#[test]
fn a_value_that_does_not_fit_its_flag_names_both() {
    assert_snapshot!(says("list --max many"), @r#"
    exit code 2
    --- stderr
    Error: invalid argument "many" for "--max" flag: invalid digit found in string
    "#);
    assert_snapshot!(says("list -o xml"), @r#"
    exit code 2
    --- stderr
    Error: invalid argument "xml" for "--output" flag: invalid format type
    "#);
    assert_snapshot!(says("list --filter ("), @r#"
    exit code 2
    --- stderr
    Error: invalid argument "(" for "--filter" flag: error parsing regexp: unclosed group
    "#);
    assert_snapshot!(says("install web ./web --timeout 5"), @r#"
    exit code 2
    --- stderr
    Error: invalid argument "5" for "--timeout" flag: time: missing unit in duration "5"
    "#);
    assert_snapshot!(says("install web ./web --wait=legacy"), @r#"
    exit code 2
    --- stderr
    Error: invalid argument "legacy" for "--wait" flag: windlass waits with watches only; use watcher
    "#);
    assert_snapshot!(says("upgrade web ./web --labels team"), @r#"
    exit code 2
    --- stderr
    Error: invalid argument "team" for "--labels" flag: team must be formatted as key=value
    "#);
    assert_snapshot!(says("rollback web latest"), @r#"
    exit code 2
    --- stderr
    Error: could not convert revision to a number: "latest"
    "#);
    assert_snapshot!(says("uninstall web --cascade sideways"), @r#"
    exit code 2
    --- stderr
    Error: invalid argument "sideways" for "--cascade" flag: invalid cascade value (sideways). Must be "background", "foreground", or "orphan"
    "#);
    assert_snapshot!(says("list --color sometimes"), @r#"
    exit code 2
    --- stderr
    Error: invalid argument "sometimes" for "--color" flag: must be one of: never, auto, always
    "#);
    assert_snapshot!(says("list --debug=perhaps"), @r#"
    exit code 2
    --- stderr
    Error: invalid argument "perhaps" for "--debug" flag: it must be true or false
    "#);
    assert_snapshot!(says("list --max"), @"
    exit code 2
    --- stderr
    Error: flag needs an argument: --max
    ");
}

#[test]
fn values_that_exclude_each_other_are_refused() {
    assert_snapshot!(says("install web ./web -g"), @"
    exit code 2
    --- stderr
    Error: INSTALLATION FAILED: cannot set --generate-name and also specify a name
    ");
    assert_snapshot!(says("install ./web"), @"
    exit code 2
    --- stderr
    Error: INSTALLATION FAILED: must either provide a name or specify --generate-name
    ");
    assert_snapshot!(says("install web ./web --hide-secret"), @"
    exit code 2
    --- stderr
    Error: INSTALLATION FAILED: hiding Kubernetes secrets requires a dry-run mode
    ");
    assert_snapshot!(says("install web ./web --dry-run=maybe"), @r#"
    exit code 2
    --- stderr
    Error: INSTALLATION FAILED: invalid dry-run value ("maybe"). Must be "none", "server", or "client"
    "#);
    assert_snapshot!(says("template ./web --dry-run=none"), @r#"
    exit code 2
    --- stderr
    Error: invalid dry-run value ("none"). Must be "server" or "client"
    "#);
    assert_snapshot!(says("install web ./web -l owner=me"), @"
    exit code 2
    --- stderr
    Error: INSTALLATION FAILED: user supplied labels contains system reserved label name. System labels: [name owner status version createdAt modifiedAt]
    ");
    let description = "x".repeat(257);
    assert_snapshot!(says(&format!("rollback web --description {description}")), @"
    exit code 2
    --- stderr
    Error: description must be 256 characters or less, got 257
    ");
}

#[test]
fn json_is_one_object_for_the_error() {
    let said = says("list --log-format json --nope");
    let line = said.split_once("--- stderr\n").unwrap().1;
    let error: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(error["level"], "ERROR");
    assert_eq!(error["msg"], "unknown flag: --nope");
    assert_eq!(error["kind"], "bad-usage");
    assert!(error["time"].is_string());
}

#[test]
fn a_format_of_logs_that_does_not_exist_is_refused() {
    let place = Place::new();
    let mut command = place.command();
    command.args(["env"]).env("WINDLASS_LOG_FORMAT", "xml");
    assert_snapshot!(place.said(command), @"
    exit code 2
    --- stderr
    Error: WINDLASS_LOG_FORMAT is `xml`, but it must be text or json
    ");
}

#[test]
fn help_goes_to_standard_output() {
    assert_snapshot!(says(""), @r#"
    exit code 0
    --- stdout
    Renders charts and installs, upgrades, tracks and rolls back releases on Kubernetes

    Usage: windlass [OPTIONS] <COMMAND>

    Commands:
      apply-plan  Carry out a plan that was saved, if nothing has moved since
      create      Write a new chart to start from
      diff        Show what an operation would change, or what differs between revisions, as a diff
      drift       Show what was changed in the cluster since a release was deployed, by whom and when
      env         Show the environment variables that count, with their values
      explain     Tell which template line and which values made a field of an object
      get         Show a release as it is recorded
      history     List the revisions of a release
      install     Install a chart as a new release
      lint        Check charts for mistakes
      list        List releases
      plan        Show what an operation would change and what follows from it; nothing is changed
      preflight   Find what would go wrong with an install or upgrade before anything is written
      rollback    Roll a release back to an earlier revision
      show        Show what is in a chart
      status      Show a release and its objects
      template    Render a chart and print what comes of it
      test        Run the tests that a release's chart has
      uninstall   Uninstall releases
      upgrade     Upgrade a release to a new chart or new values
      version     Show the version
      why         Say why a release failed, and what keeps its objects from being ready now

    Options:
      -h, --help  Print help

    Global flags:
      -n, --namespace <NAMESPACE>          Namespace of the release
          --kubeconfig <FILE>              Kubeconfig file to use
          --kube-context <NAME>            Context of the kubeconfig to use
          --kube-token <TOKEN>             Bearer token, in place of the kubeconfig's credentials
          --kube-as-user <NAME>            User to act as
          --kube-as-group <NAME>           Group to act as (repeatable)
          --kube-apiserver <URL>           Address of the API server
          --kube-ca-file <FILE>            Authority that signed the API server's certificate
          --kube-tls-server-name <NAME>    Name that the API server's certificate must have
          --kube-insecure-skip-tls-verify  Accept any certificate of the API server
          --debug                          Show what happens in detail
          --color <WHEN>                   When to use colors: never, auto or always
          --log-format <FORMAT>            Form of warnings, progress and errors on standard error: text
                                           or json

    Example: windlass upgrade web ./web --install --wait
    "#);
    assert_eq!(says("help get values"), says("get values --help"));
    assert_snapshot!(says("get values -h"), @"
    exit code 0
    --- stdout
    Show the values

    Usage: windlass get values [OPTIONS] <RELEASE>

    Arguments:
      <RELEASE>  Name of the release

    Options:
          --revision <NUMBER>  Revision to show; without it, or 0, the newest
      -a, --all                Show all values that the templates saw, not only the user's
      -o, --output <FORMAT>    Form of the result: table, json or yaml [default: table]
      -h, --help               Print help

    Global flags:
      -n, --namespace <NAMESPACE>          Namespace of the release
          --kubeconfig <FILE>              Kubeconfig file to use
          --kube-context <NAME>            Context of the kubeconfig to use
          --kube-token <TOKEN>             Bearer token, in place of the kubeconfig's credentials
          --kube-as-user <NAME>            User to act as
          --kube-as-group <NAME>           Group to act as (repeatable)
          --kube-apiserver <URL>           Address of the API server
          --kube-ca-file <FILE>            Authority that signed the API server's certificate
          --kube-tls-server-name <NAME>    Name that the API server's certificate must have
          --kube-insecure-skip-tls-verify  Accept any certificate of the API server
          --debug                          Show what happens in detail
          --color <WHEN>                   When to use colors: never, auto or always
          --log-format <FORMAT>            Form of warnings, progress and errors on standard error: text
                                           or json

    Example: windlass get values web --all -o json
    ");
    assert!(
        says("get").starts_with("exit code 0\n--- stdout\n"),
        "a group of commands shows its own"
    );
}

#[cfg(unix)]
#[test]
fn under_helms_name_every_failure_is_1_and_texts_say_helm() {
    let place = Place::new();
    let link = place.sandbox.path().join("helm");
    std::os::unix::fs::symlink(WINDLASS, &link).unwrap();
    let says = |line: &str| {
        let mut command = place.sandbox.command(&link);
        command.args(line.split_whitespace());
        place.said(command)
    };
    assert_snapshot!(says("upgrade web"), @r#"
    exit code 1
    --- stderr
    Error: "helm upgrade" requires 2 arguments

    Usage:  helm upgrade RELEASE CHART [flags]
    "#);
    assert_snapshot!(says("template web ./nowhere"), @r#"
    exit code 1
    --- stderr
    Error: path "./nowhere" not found: there is no chart folder and no packed chart
    "#);
    assert_snapshot!(says("version --short"), @"
    exit code 0
    --- stdout
    v4.3.1
    ");
    assert!(!says("env").contains("WINDLASS"), "only Helm's variables");
    assert!(says("install --help").contains("Usage: helm install [OPTIONS] [NAME] <CHART>"));
    assert!(says("install --help").contains("Example: helm install web"));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let place = Place::with_chart("x.txt", "");
    for line in ["--help", "env", "template web"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = place.command();
        command.args(line.split(' ')).stdout(writer);
        assert_eq!(place.said(command), "exit code 0\n", "{line}");
    }
}
